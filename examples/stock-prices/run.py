"""Starts the readers of stock prices, then the exchange. A window shows them live."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from demo import Demo  # noqa: E402

from stocks import SYMBOLS  # noqa: E402


def absolute(path):
    return str(Path(path).resolve())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='prices per symbol (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between ticks')
    parser.add_argument(
        '--csv', default='stock-prices.csv', help='the file that the logger appends to'
    )
    parser.add_argument('--headless', action='store_true', help='no live plot')
    parser.add_argument('--plot-file', help='draw the plot into this PNG file instead of a window')
    args = parser.parse_args()
    total = ('--count', str(args.count * len(SYMBOLS)))

    with Demo(__file__) as demo:
        demo.start('alert.py', *total, wait_for='ready')
        demo.start('logger.py', *total, '--output', absolute(args.csv), wait_for='ready')
        demo.start('moving_average.py', *total, wait_for='ready')
        if args.plot_file:
            demo.start('plot.py', *total, '--output', absolute(args.plot_file), wait_for='ready')
        elif not args.headless:
            demo.start('plot.py', *total, wait_for='ready')
        demo.start('producer.py', '--count', str(args.count), '--interval', str(args.interval))
        demo.wait()


if __name__ == '__main__':
    main()
