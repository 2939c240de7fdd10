"""Writes every price to a CSV file."""

import argparse
import csv

from stocks import read_prices


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='prices to read (default: until ctrl-C)'
    )
    parser.add_argument(
        '--output', default='stock-prices.csv', help='the file, which is appended to'
    )
    args = parser.parse_args()

    with open(args.output, 'a', newline='', encoding='utf-8') as file:
        rows = csv.writer(file)
        for quote, delay in read_prices('stock-logger', args.count):
            rows.writerow([quote['symbol'], quote['price'], quote['timestamp']])
            file.flush()
            print(f'[logger] {quote["symbol"]} {quote["price"]:.2f} written ({delay:.0f} ms)')


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[logger] stopped')
