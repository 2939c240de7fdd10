"""A consumer for tests that kill it: prints how many partitions it holds after each rebalance.

`member.py CLIENT BOOTSTRAP GROUP TOPIC` runs until it is killed.
"""

import sys

CLIENT, BOOTSTRAP, GROUP, TOPIC = sys.argv[1:5]


def tell(partitions):
    print(len(partitions), flush=True)


def kafka_python():
    import kafka

    class Listener(kafka.ConsumerRebalanceListener):
        def on_partitions_revoked(self, revoked):
            pass

        def on_partitions_assigned(self, assigned):
            tell(assigned)

    consumer = kafka.KafkaConsumer(
        bootstrap_servers=BOOTSTRAP, group_id=GROUP, heartbeat_interval_ms=500, reconnect_backoff_max_ms=200
    )
    consumer.subscribe([TOPIC], listener=Listener())
    while True:
        consumer.poll(timeout_ms=200)


def confluent():
    import confluent_kafka

    consumer = confluent_kafka.Consumer(
        {
            'bootstrap.servers': BOOTSTRAP,
            'group.id': GROUP,
            'heartbeat.interval.ms': 500,
            'reconnect.backoff.max.ms': 200,
            'log_level': 0,
        }
    )
    consumer.subscribe([TOPIC], on_assign=lambda _, assigned: tell(assigned))
    while True:
        consumer.poll(0.2)


kafka_python() if CLIENT == 'kafka-python' else confluent()
