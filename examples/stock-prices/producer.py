"""The stock exchange: sends a price of every symbol to `stock-prices` at every tick."""

import argparse
import random
import time

from kafka_client import connect_producer, to_json
from stocks import SYMBOLS, TOPIC


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='prices per symbol (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between ticks')
    args = parser.parse_args()

    producer = connect_producer()
    prices = {symbol: random.uniform(50, 500) for symbol in SYMBOLS}
    tick = 0
    try:
        while args.count == 0 or tick < args.count:
            tick += 1
            for symbol in SYMBOLS:
                prices[symbol] *= 1 + random.uniform(-0.04, 0.04)
                quote = {
                    'symbol': symbol,
                    'price': round(prices[symbol], 2),
                    'timestamp': time.time(),
                }
                producer.send(TOPIC, key=symbol.encode(), value=to_json(quote))
                print(f'[producer] {symbol} {quote["price"]:.2f}')
            time.sleep(args.interval)
    finally:
        producer.flush()
        producer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[producer] stopped')
