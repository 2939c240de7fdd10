"""Reads `orders` too, in a group of its own: it gets every order that the payment service gets."""

import argparse
import json
import time

from kafka_client import connect_consumer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='orders to handle (default: until ctrl-C)'
    )
    parser.add_argument('--stock', type=int, default=1000, help='items in stock at the start')
    args = parser.parse_args()

    consumer = connect_consumer('orders', group_id='inventory-service')
    stock = args.stock
    handled = 0
    try:
        for message in consumer:
            order = json.loads(message.value)
            stock -= 1
            delay = time.time() * 1000 - message.timestamp
            print(
                f'[inventory] order {order["order_id"]} of user {order["user_id"]}: '
                f'one item reserved, {stock} left ({delay:.0f} ms)'
            )
            handled += 1
            if handled == args.count:
                break
    finally:
        consumer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[inventory] stopped')
