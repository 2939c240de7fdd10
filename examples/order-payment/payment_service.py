"""Reads `orders`, takes the money, and sends the outcome to the topic `payments`."""

import argparse
import json
import time

from kafka_client import connect_consumer, connect_producer, to_json

CREDIT_LIMIT = 900


def pay(order):
    """The payment for an order: the same order with a new status."""
    return {**order, 'status': 'DECLINED' if order['amount'] > CREDIT_LIMIT else 'PAID'}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='orders to handle (default: until ctrl-C)'
    )
    args = parser.parse_args()

    producer = connect_producer()
    consumer = connect_consumer('orders', group_id='payment-service')
    handled = 0
    try:
        for message in consumer:
            payment = pay(json.loads(message.value))
            producer.send('payments', key=str(payment['user_id']).encode(), value=to_json(payment))
            delay = time.time() * 1000 - message.timestamp
            print(
                f'[payment] order {payment["order_id"]} of user {payment["user_id"]}: '
                f'{payment["amount"]:.2f} {payment["status"]} ({delay:.0f} ms)'
            )
            handled += 1
            if handled == args.count:
                break
    finally:
        producer.flush()
        producer.close()
        consumer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[payment] stopped')
