"""What the programs of this demo share: the topics, and a consumer with a ready line."""

import os
import socket
import sys

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

BOOTSTRAP = os.environ.get('KAFKA_BOOTSTRAP', 'localhost:9092')
INPUT_TOPIC = 'input-topic'
OUTPUT_TOPIC = 'output-topic'


def create_topics():
    """Creates both topics with 3 partitions; topics that exist already stay as they are."""
    admin = AdminClient({'bootstrap.servers': BOOTSTRAP})
    topics = [NewTopic(name, num_partitions=3) for name in (INPUT_TOPIC, OUTPUT_TOPIC)]
    for name, created in admin.create_topics(topics).items():
        try:
            created.result()
            print(f'[topics] {name} created with 3 partitions')
        except KafkaException as error:
            if error.args[0].name() != 'TOPIC_ALREADY_EXISTS':
                raise


def connect_consumer(topic, group_id, **settings):
    consumer = Consumer(
        {
            'bootstrap.servers': BOOTSTRAP,
            'group.id': group_id,
            'auto.offset.reset': 'earliest',
            **settings,
        }
    )

    def say_ready(_, assigned):
        partitions = sorted(partition.partition for partition in assigned)
        if partitions:
            print(f'[{group_id}] ready, reads partitions {partitions}')

    consumer.subscribe([topic], on_assign=say_ready)
    return consumer


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
