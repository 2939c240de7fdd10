"""The dashboard without a browser: prints every reading, and an alert above 30 degrees."""

import argparse
import json
import time

from kafka_client import connect_consumer
from readings import ALERT_ABOVE, TOPIC, is_hot


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='readings to show (default: until ctrl-C)'
    )
    args = parser.parse_args()

    consumer = connect_consumer(TOPIC, group_id='weather-console')
    shown = 0
    try:
        for message in consumer:
            reading = json.loads(message.value)
            delay = time.time() * 1000 - message.timestamp
            print(
                f'[console] {reading["sensor_id"]} at {reading["timestamp"]}: '
                f'{reading["temperature"]} C, {reading["humidity"]} % ({delay:.0f} ms)'
            )
            if is_hot(reading):
                print(
                    f'[console] ALERT {reading["sensor_id"]}: '
                    f'{reading["temperature"]} C is above {ALERT_ABOVE}'
                )
            shown += 1
            if shown == args.count:
                break
    finally:
        consumer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[console] stopped')
