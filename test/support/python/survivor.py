"""Produces and consumes while the broker is killed and started again.

`survivor.py CLIENT BOOTSTRAP TOPIC COUNT` prints `halfway` (the moment to kill the broker), and at
the end one JSON object: `acknowledged` numbers, `consumed` numbers of a group that lived through
it, and `stored` numbers as a fresh reader finds them.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

CLIENT, BOOTSTRAP, TOPIC, COUNT = *sys.argv[1:4], int(sys.argv[4])
SECONDS_MAX = 30
PAUSE_SECONDS = 0.002
HALF = COUNT // 2


class KafkaPython:
    def __init__(self):
        import kafka

        self.kafka = kafka
        old = kafka.__version__.startswith('2.')
        # How long version 2 waits for the broker's first answer: on a busy machine 2 s are too few.
        self.patience = {'api_version_auto_timeout_ms': 10_000} if old else {}
        safe = {'max_in_flight_requests_per_connection': 1} if old else {'enable_idempotence': True}
        self.producer = kafka.KafkaProducer(
            bootstrap_servers=BOOTSTRAP,
            acks='all',
            retries=1000,
            retry_backoff_ms=50,
            **safe,
            **self.patience,
        )

    def produce(self, number, acknowledged):
        sent = self.producer.send(TOPIC, key=b'k', value=b'%d' % number)
        sent.add_callback(lambda _: acknowledged(number))

    def flush(self):
        self.producer.flush(SECONDS_MAX)

    def read(self, group, stop):
        """Yields the numbers in the topic until `stop()`."""
        consumer = self.kafka.KafkaConsumer(
            TOPIC,
            bootstrap_servers=BOOTSTRAP,
            group_id=group,
            auto_offset_reset='earliest',
            auto_commit_interval_ms=100,
            **self.patience,
        )
        while not stop():
            for records in consumer.poll(timeout_ms=100).values():
                yield from (int(record.value) for record in records)
        consumer.close()


class Confluent:
    def __init__(self):
        import confluent_kafka

        self.kafka = confluent_kafka
        self.producer = confluent_kafka.Producer(
            {
                'bootstrap.servers': BOOTSTRAP,
                'enable.idempotence': True,
                'reconnect.backoff.max.ms': 500,
            }
        )

    def produce(self, number, acknowledged):
        def delivered(error, _):
            if error is None:
                acknowledged(number)

        self.producer.produce(TOPIC, key=b'k', value=b'%d' % number, on_delivery=delivered)
        self.producer.poll(0)

    def flush(self):
        self.producer.flush(SECONDS_MAX)

    def read(self, group, stop):
        """Yields the numbers in the topic until `stop()`."""
        consumer = self.kafka.Consumer(
            {
                'bootstrap.servers': BOOTSTRAP,
                'group.id': group or 'fresh',
                'auto.offset.reset': 'earliest',
                'auto.commit.interval.ms': 100,
                'reconnect.backoff.max.ms': 500,
            }
        )
        consumer.subscribe([TOPIC])
        while not stop():
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                yield int(message.value())
        consumer.close()


def read_until(client, group, numbers, extra_seconds=0.0):
    """Collects into `numbers` until all have been seen, and `extra_seconds` longer for repeats."""
    deadline = time.time() + SECONDS_MAX
    ends = []

    def done():
        if not ends and len(set(numbers)) == COUNT:
            ends.append(time.time() + extra_seconds)
        return time.time() > min([deadline, *ends])

    for number in client.read(group, done):
        numbers.append(number)


def main():
    client = KafkaPython() if CLIENT == 'kafka-python' else Confluent()
    acknowledged, consumed, stored = [], [], []
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(read_until, client, 'survivor', consumed)
        for number in range(COUNT):
            client.produce(number, acknowledged.append)
            if number == HALF:
                client.flush()
                while not consumed and not reading.done():
                    time.sleep(PAUSE_SECONDS)
                print('halfway', flush=True)
            time.sleep(PAUSE_SECONDS)
        client.flush()
        reading.result()
    read_until(client, None, stored, extra_seconds=0.5)
    print(json.dumps({'acknowledged': acknowledged, 'consumed': consumed, 'stored': stored}))


if __name__ == '__main__':
    main()
