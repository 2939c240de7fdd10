"""Reads `login-events` and prints each event; warns of a user with three failed logins in a row."""

import argparse
import json
import time
from collections import Counter

from kafka_client import connect_consumer

FAILURES_MAX = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='events to read (default: until ctrl-C)'
    )
    args = parser.parse_args()

    consumer = connect_consumer('login-events', group_id='audit-log')
    failures = Counter()
    try:
        for number, message in enumerate(consumer, start=1):
            event = json.loads(message.value)
            username = event['username']
            delay = time.time() * 1000 - message.timestamp
            print(f'[audit] {username}: {event["event"]} ({delay:.0f} ms)')
            if event['event'] == 'login_failed':
                failures[username] += 1
                if failures[username] == FAILURES_MAX:
                    print(f'[audit] WARNING {username}: {FAILURES_MAX} failed logins in a row')
            else:
                failures[username] = 0
            if number == args.count:
                break
    finally:
        consumer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[audit] stopped')
