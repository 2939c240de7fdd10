"""Starts three sensors and the dashboard (http://localhost:8501), or a reader in the console."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from demo import Demo  # noqa: E402

SENSORS = ('sensor-1', 'sensor-2', 'sensor-3')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='readings per sensor (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between readings')
    parser.add_argument(
        '--headless', action='store_true', help='print the readings, open no dashboard'
    )
    parser.add_argument('--port', type=int, default=8501, help="the dashboard's port")
    args = parser.parse_args()

    with Demo(__file__) as demo:
        if args.headless:
            demo.start('console.py', '--count', str(args.count * len(SENSORS)), wait_for='ready')
        else:
            options = ('--server.headless', 'true', '--client.toolbarMode', 'minimal')
            demo.start(
                '-m',
                'streamlit',
                'run',
                'dashboard.py',
                '--server.port',
                str(args.port),
                *options,
                wait_for='URL',
            )
        for sensor_id in SENSORS:
            demo.start(
                'sensor.py',
                *('--sensor-id', sensor_id),
                *('--count', str(args.count)),
                *('--interval', str(args.interval)),
            )
        demo.wait()


if __name__ == '__main__':
    main()
