"""Starts PostgreSQL, the audit log and the login page (http://localhost:8502)."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from demo import Demo  # noqa: E402

import postgres  # noqa: E402
from kafka_client import check_broker  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--port', type=int, default=8502, help="the login page's port")
    args = parser.parse_args()

    check_broker()
    postgres.start()
    try:
        with Demo(__file__) as demo:
            demo.start('audit_log.py', wait_for='ready')
            options = ('--server.headless', 'true', '--client.toolbarMode', 'minimal')
            demo.start(
                '-m',
                'streamlit',
                'run',
                'app.py',
                '--server.port',
                str(args.port),
                *options,
                wait_for='URL',
            )
            demo.wait()
    finally:
        postgres.stop()


if __name__ == '__main__':
    main()
