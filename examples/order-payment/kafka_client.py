"""What the programs of this demo need of Kafka: a producer, a consumer, JSON, a ready line."""

import json
import os
import socket
import sys

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer

BOOTSTRAP = os.environ.get('KAFKA_BOOTSTRAP', 'localhost:9092')


def connect_producer():
    check_broker()
    return KafkaProducer(
        bootstrap_servers=BOOTSTRAP,
        acks='all',
        # Repeats what a restart of the broker interrupts, in order: version 2 does not by itself.
        retries=10,
        max_in_flight_requests_per_connection=1,
    )


def connect_consumer(topic, group_id):
    check_broker()
    consumer = KafkaConsumer(
        bootstrap_servers=BOOTSTRAP,
        group_id=group_id,
        auto_offset_reset='earliest',
    )
    consumer.subscribe([topic], listener=SayReady(group_id))
    return consumer


def to_json(value):
    """The bytes of a message; the reader undoes it with json.loads(message.value)."""
    return json.dumps(value).encode()


class SayReady(ConsumerRebalanceListener):
    """Prints a line when the group has given us partitions: now messages arrive at once."""

    def __init__(self, name):
        self.name = name

    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        partitions = sorted(partition.partition for partition in assigned)
        if partitions:  # none yet: the topic is just being created
            print(f'[{self.name}] ready, reads partitions {partitions}')


def check_broker():
    """Ends the program with a plain message when nothing listens at the broker's address."""
    host, _, port = BOOTSTRAP.split(',')[0].rpartition(':')
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        sys.exit(
            f'No Kafka broker at {BOOTSTRAP} ({error}).\n'
            'Start one (`npm start` in the project folder), or set KAFKA_BOOTSTRAP=host:port.'
        )
