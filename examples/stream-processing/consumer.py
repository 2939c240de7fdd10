"""Shows what arrives in `output-topic`, and in which of its partitions."""

import argparse
import json
import time

from kafka_client import OUTPUT_TOPIC, check_broker, connect_consumer, create_topics


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='results to show (default: until ctrl-C)'
    )
    args = parser.parse_args()

    check_broker()
    create_topics()
    consumer = connect_consumer(OUTPUT_TOPIC, 'stream-reader')
    shown = 0
    try:
        while args.count == 0 or shown < args.count:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                print(f'[consumer] {message.error()}')
                continue
            result = json.loads(message.value())
            delay = time.time() * 1000 - message.timestamp()[1]
            print(
                f'[consumer] partition {message.partition()}: '
                f'{result["number"]} {result["author"]}: {result["text"]} ({delay:.0f} ms)'
            )
            shown += 1
    finally:
        consumer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[consumer] stopped')
