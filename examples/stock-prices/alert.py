"""Warns when a price moves by 3 % or more from one tick to the next."""

import argparse

from stocks import read_prices

THRESHOLD_PERCENT = 3.0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='prices to read (default: until ctrl-C)'
    )
    args = parser.parse_args()

    last = {}
    for quote, delay in read_prices('stock-alert', args.count):
        symbol, price = quote['symbol'], quote['price']
        if symbol in last:
            change = (price - last[symbol]) / last[symbol] * 100
            if abs(change) >= THRESHOLD_PERCENT:
                print(
                    f'[alert] {symbol} {last[symbol]:.2f} -> {price:.2f}: '
                    f'{change:+.1f} % ({delay:.0f} ms)'
                )
        last[symbol] = price


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[alert] stopped')
