"""Starts the four services of the order demo: first those that read, then the one that writes."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from demo import Demo  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='orders to send (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between orders')
    args = parser.parse_args()
    count = ('--count', str(args.count))

    with Demo(__file__) as demo:
        demo.start('notification_service.py', *count, wait_for='ready')
        demo.start('inventory_service.py', *count, wait_for='ready')
        demo.start('payment_service.py', *count, wait_for='ready')
        demo.start('order_service.py', *count, '--interval', str(args.interval))
        demo.wait()


if __name__ == '__main__':
    main()
