"""Keeps the moving average of each symbol's last five prices."""

import argparse
from collections import defaultdict, deque

from stocks import read_prices

WINDOW = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='prices to read (default: until ctrl-C)'
    )
    args = parser.parse_args()

    windows = defaultdict(lambda: deque(maxlen=WINDOW))
    for quote, delay in read_prices('stock-average', args.count):
        window = windows[quote['symbol']]
        window.append(quote['price'])
        average = sum(window) / len(window)
        print(
            f'[average] {quote["symbol"]} {average:.2f} over {len(window)} prices ({delay:.0f} ms)'
        )


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[average] stopped')
