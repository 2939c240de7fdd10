"""Sends orders to the topic `orders`, keyed by user: one user's orders stay in order."""

import argparse
import random
import time

from kafka_client import connect_producer, to_json


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='orders to send (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between orders')
    args = parser.parse_args()

    producer = connect_producer()
    order_id = 0
    try:
        while args.count == 0 or order_id < args.count:
            order_id += 1
            order = {
                'order_id': order_id,
                'user_id': random.randint(1, 5),
                'amount': round(random.uniform(5, 1000), 2),
                'status': 'CREATED',
            }
            producer.send('orders', key=str(order['user_id']).encode(), value=to_json(order))
            print(
                f'[order] order {order_id} of user {order["user_id"]}: '
                f'{order["amount"]:.2f} {order["status"]}'
            )
            time.sleep(args.interval)
    finally:
        producer.flush()
        producer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[order] stopped')
