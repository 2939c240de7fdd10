"""librdkafka at work: rdk.py produce|consume BOOTSTRAP TOPIC COUNT RECORD_BYTES [key=value ...].
Prints one JSON object: seconds, records and bytes of their values."""

import json
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

CONSUMED_AT_ONCE = 10_000
PATIENCE_SECONDS = 90

verb, bootstrap, topic, count, record_bytes = sys.argv[1:6]
count, record_bytes = int(count), int(record_bytes)
settings = {"bootstrap.servers": bootstrap, **dict(pair.split("=", 1) for pair in sys.argv[6:])}


def produce():
    value = (b'{"id":%d,"user":"u000042","kind":"order","amount":12.50}' % 7 * 40)[:record_bytes]
    failed = []
    producer = Producer(
        {
            "acks": "all",
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 262_144,
            "delivery.report.only.error": True,
            "on_delivery": lambda error, _: failed.append(str(error)) if error else None,
            **settings,
        }
    )
    started = time.perf_counter()
    for index in range(count):
        while True:
            try:
                producer.produce(topic, value)
                break
            except BufferError:
                producer.poll(0.05)
        if index % 1024 == 0:
            producer.poll(0)
    left = producer.flush(PATIENCE_SECONDS)
    seconds = time.perf_counter() - started
    if left or failed:
        sys.exit(f"{left} records were not delivered; {failed[:1]}")
    return seconds, count * len(value)


def consume():
    consumer = Consumer({"group.id": "ottla-bench", "enable.auto.commit": False, **settings})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    started = time.perf_counter()
    records = size = 0
    while records < count:
        if time.perf_counter() - started > PATIENCE_SECONDS:
            sys.exit(f"only {records} of {count} records came")
        for message in consumer.consume(min(CONSUMED_AT_ONCE, count - records), 1.0):
            if message.error():
                sys.exit(str(message.error()))
            size += len(message.value())
            records += 1
    seconds = time.perf_counter() - started
    consumer.close()
    return seconds, size


seconds, size = produce() if verb == "produce" else consume()
print(json.dumps({"seconds": seconds, "records": count, "bytes": size}))
