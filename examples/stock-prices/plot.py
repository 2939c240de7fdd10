"""Plots the prices live in a window, or with --output into a PNG file (no screen needed)."""

import argparse
from collections import defaultdict

import matplotlib
import matplotlib.pyplot as plt

from stocks import read_prices


def draw(axes, prices):
    axes.clear()
    for symbol, values in sorted(prices.items()):
        axes.plot(values, label=symbol)
    axes.set_title('Stock prices')
    axes.set_xlabel('tick')
    axes.set_ylabel('price')
    axes.legend(loc='upper left')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='prices to read (default: until ctrl-C)'
    )
    parser.add_argument(
        '--output', help='a PNG file to write at the end, instead of opening a window'
    )
    args = parser.parse_args()

    if args.output:
        matplotlib.use('Agg')
    elif plt.get_backend().lower() == 'agg':
        args.output = 'stock-prices.png'
        print(f'[plot] no screen here: the plot goes to {args.output} at the end')

    figure, axes = plt.subplots(figsize=(9, 5))
    prices = defaultdict(list)
    try:
        for quote, _ in read_prices('stock-plot', args.count):
            prices[quote['symbol']].append(quote['price'])
            if not args.output:
                draw(axes, prices)
                plt.pause(0.01)
    finally:
        if args.output:
            draw(axes, prices)
            figure.savefig(args.output)
            print(f'[plot] {sum(map(len, prices.values()))} prices drawn to {args.output}')


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[plot] stopped')
