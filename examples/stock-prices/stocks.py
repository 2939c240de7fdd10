"""What the programs of this demo share: the topic, and the loop that reads prices from it."""

import json
import time

from kafka_client import connect_consumer

TOPIC = 'stock-prices'
SYMBOLS = ('ACME', 'GLOBEX', 'INITECH')


def read_prices(group_id, count=0):
    """Yields (quote, delay in ms) for each message, `count` of them or until ctrl-C."""
    consumer = connect_consumer(TOPIC, group_id=group_id)
    try:
        for number, message in enumerate(consumer, start=1):
            yield json.loads(message.value), time.time() * 1000 - message.timestamp
            if number == count:
                break
    finally:
        consumer.close()
