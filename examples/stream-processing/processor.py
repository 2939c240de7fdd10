"""Reads `input-topic`, enriches each sentence, writes it to `output-topic` under the same key.

The input's offset is committed only after the output has been acknowledged: a processor that is
killed loses nothing (and may repeat its last sentences when it is started again).
"""

import argparse
import json
import time

from confluent_kafka import Producer

from kafka_client import (
    BOOTSTRAP,
    INPUT_TOPIC,
    OUTPUT_TOPIC,
    check_broker,
    connect_consumer,
    create_topics,
)


def process(sentence):
    text = sentence['text']
    return {**sentence, 'text': text.upper(), 'words': len(text.split())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--count', type=int, default=0, help='sentences to handle (default: until ctrl-C)'
    )
    args = parser.parse_args()

    check_broker()
    create_topics()
    consumer = connect_consumer(INPUT_TOPIC, 'stream-processor', **{'enable.auto.commit': False})
    producer = Producer({'bootstrap.servers': BOOTSTRAP, 'enable.idempotence': True})
    handled = 0
    try:
        while args.count == 0 or handled < args.count:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                print(f'[processor] {message.error()}')
                continue
            result = process(json.loads(message.value()))
            producer.produce(OUTPUT_TOPIC, key=message.key(), value=json.dumps(result))
            producer.flush()
            consumer.commit(message, asynchronous=False)
            delay = time.time() * 1000 - message.timestamp()[1]
            print(
                f'[processor] {result["number"]} {result["author"]}: '
                f'{result["words"]} words ({delay:.0f} ms)'
            )
            handled += 1
    finally:
        producer.flush()
        consumer.close()


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        print('[processor] stopped')
