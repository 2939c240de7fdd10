"""Sends sentences to `input-topic`, keyed by their author: an author's sentences stay in order."""

import argparse
import json
import random
import time

from confluent_kafka import Producer

from kafka_client import BOOTSTRAP, INPUT_TOPIC, check_broker

AUTHORS = ('ann', 'ben', 'cleo', 'dan', 'eve', 'finn')
WORDS = 'a stream is a table in motion and a table is a stream at rest'.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--count', type=int, default=0, help='sentences to send (default: until ctrl-C)'
    )
    parser.add_argument('--interval', type=float, default=1.0, help='seconds between sentences')
    args = parser.parse_args()

    check_broker()
    producer = Producer({'bootstrap.servers': BOOTSTRAP})
    number = 0
    try:
        while args.count == 0 or number < args.count:
            number += 1
            author = random.choice(AUTHORS)
            text = ' '.join(random.sample(WORDS, random.randint(2, 6)))
            sentence = {'number': number, 'author': author, 'text': text}
            producer.produce(INPUT_TOPIC, key=author, value=json.dumps(sentence))
            producer.poll(0)
            print(f'[producer] {number} {author}: {text}')
            time.sleep(args.interval)
    finally:
        producer.flush()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[producer] stopped')
