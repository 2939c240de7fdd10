"""Reads `payments` and tells each user what became of the order."""

import argparse
import json
import time

from kafka_client import connect_consumer

TEXTS = {
    'PAID': 'thank you, your order is on its way',
    'DECLINED': 'your payment was declined',
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='payments to handle (default: until ctrl-C)'
    )
    args = parser.parse_args()

    consumer = connect_consumer('payments', group_id='notification-service')
    handled = 0
    try:
        for message in consumer:
            payment = json.loads(message.value)
            delay = time.time() * 1000 - message.timestamp
            print(
                f'[notification] order {payment["order_id"]} of user {payment["user_id"]}: '
                f'{TEXTS[payment["status"]]} ({delay:.0f} ms)'
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
        print('[notification] stopped')
