"""What kafka-python users do, old (2.0.2) and new (3.x).

`kafka_python_checks.py BOOTSTRAP CHECK` runs one check, which fails by an assertion.
"""

import sys
import threading
import time
import uuid

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import InvalidTopicError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

BOOTSTRAP = sys.argv[1]
SECONDS_MAX = 30
OLD = kafka.__version__.startswith('2.')


def unique(name):
    return f'{name}-{uuid.uuid4().hex[:8]}'


def produce(topic, values, **settings):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, **settings)
    sent = [producer.send(topic, value=value).get(timeout=10) for value in values]
    producer.close()
    return sent


def consumer_of(topic, **settings):
    return KafkaConsumer(
        topic, **{'bootstrap_servers': BOOTSTRAP, 'auto_offset_reset': 'earliest', **settings}
    )


def read(consumer, count):
    """The next `count` messages; fails when there are fewer, or more."""
    messages = []
    deadline = time.time() + SECONDS_MAX
    while len(messages) < count and time.time() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            messages += records
    for records in consumer.poll(timeout_ms=200).values():
        messages += records
    assert len(messages) == count, f'{len(messages)} messages, not {count}'
    return messages


def wait_until(condition, what):
    deadline = time.time() + SECONDS_MAX
    while not condition():
        assert time.time() < deadline, f'not within {SECONDS_MAX} s: {what}'
        time.sleep(0.02)


def create_topic(topic, partitions):
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    admin.create_topics([NewTopic(name=topic, num_partitions=partitions, replication_factor=1)])
    admin.close()


def message_parts_survive():
    """Keys, null keys, tombstones, headers, timestamps, empty values come back as they were."""
    topic = unique('parts')
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    headers = [('trace', b'\x00\x01'), ('trace', b'again'), ('empty', b'')]
    producer.send(topic, key=b'k', value=b'v', headers=headers, timestamp_ms=1_600_000_000_123)
    producer.send(topic, key=b'k', value=None)
    producer.send(topic, value=b'')
    producer.send(topic, key='straße'.encode(), value='日本'.encode())
    producer.flush()
    first, tombstone, empty, text = read(consumer_of(topic), 4)
    assert (first.key, first.value, first.timestamp) == (b'k', b'v', 1_600_000_000_123)
    assert list(first.headers) == headers
    assert (tombstone.key, tombstone.value) == (b'k', None)
    assert (empty.key, empty.value) == (None, b'')
    assert (text.key.decode(), text.value.decode()) == ('straße', '日本')
    assert [message.offset for message in (first, tombstone, empty, text)] == [0, 1, 2, 3]


def every_acks_setting_works():
    topic = unique('acks')
    for acks in (0, 1, 'all'):
        sent = produce(topic, [b'a', b'b'], acks=acks)
        if acks != 0:
            assert sent[1].offset == sent[0].offset + 1
    assert [message.value for message in read(consumer_of(topic), 6)] == [b'a', b'b'] * 3


def every_codec_works():
    for codec in ('gzip', 'snappy', 'lz4', 'zstd'):
        topic = unique(codec)
        producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=codec, linger_ms=50)
        values = [b'%d ' % number * 100 for number in range(200)]
        for value in values:
            producer.send(topic, value=value)
        producer.flush()
        producer.close()
        assert [message.value for message in read(consumer_of(topic), 200)] == values, codec


def older_protocol_versions_work():
    """The client speaks as to brokers of those releases: message formats 0 and 1, old versions."""
    versions = [(0, 10, 0), (0, 10, 1), (0, 11, 0), (1, 0, 0), (2, 0, 0), (2, 5, 0)]
    versions = [(0, 8, 2), (0, 9), *versions] if OLD else versions
    for version in versions:
        topic = unique('old')
        create_topic(topic, 1)
        values = [b'%d' % number for number in range(20)]
        produce(topic, values, api_version=version)
        new = [message.value for message in read(consumer_of(topic), 20)]
        old = [
            message.value
            for message in read(consumer_of(topic, api_version=version, group_id=None), 20)
        ]
        assert new == values and old == values, version


def old_compressed_message_sets_work():
    for version in [(0, 9), (0, 10, 1)] if OLD else [(0, 10, 1)]:
        for codec in ('gzip', 'snappy', 'lz4'):
            topic = unique('oldset')
            create_topic(topic, 1)
            producer = KafkaProducer(
                bootstrap_servers=BOOTSTRAP,
                api_version=version,
                compression_type=codec,
                linger_ms=50,
            )
            values = [b'%d ' % number * 50 for number in range(100)]
            for value in values:
                producer.send(topic, value=value)
            producer.flush()
            old = consumer_of(topic, api_version=version, group_id=None)
            assert [message.value for message in read(consumer_of(topic), 100)] == values, (
                version,
                codec,
            )
            assert [message.value for message in read(old, 100)] == values, (version, codec)


class Member(threading.Thread):
    """A group member in a thread of its own: polls until `leave`, keeps the values read."""

    def __init__(self, topic, group):
        super().__init__(daemon=True)
        self.consumer = consumer_of(topic, group_id=group)
        self.values = []
        self.partitions = set()
        self.leaving = threading.Event()
        self.start()

    def run(self):
        while not self.leaving.is_set():
            # kafka-python 3.0 loses an assignment that arrives just when a poll gives up: on a busy
            # machine short ones do.
            for records in self.consumer.poll(timeout_ms=1000).values():
                self.values += [record.value for record in records]
            self.partitions = set(self.consumer.assignment())
        self.consumer.close()  # commits, and leaves the group

    def leave(self):
        self.leaving.set()
        self.join(SECONDS_MAX)
        assert not self.is_alive(), 'the member does not leave'


def a_group_shares_partitions_and_resumes():
    """Two members split three partitions; one leaves, the other has all; a new one resumes."""
    topic, group = unique('shared'), unique('group')
    create_topic(topic, 3)
    first = Member(topic, group)
    wait_until(lambda: len(first.partitions) == 3, 'the first has all partitions')
    second = Member(topic, group)
    wait_until(
        lambda: {len(first.partitions), len(second.partitions)} == {1, 2}, 'both have partitions'
    )
    assert not first.partitions & second.partitions
    second.leave()
    wait_until(lambda: len(first.partitions) == 3, 'the first has all again')
    produce(topic, [b'%d' % number for number in range(30)])
    wait_until(lambda: len(first.values) >= 30, 'the first reads everything')
    first.leave()
    assert sorted(map(int, first.values)) == list(range(30))
    produce(topic, [b'late'])
    third = Member(topic, group)
    wait_until(lambda: third.values, 'the third reads on')
    third.leave()
    assert third.values == [b'late']


def offsets_can_be_committed_and_sought():
    topic, group = unique('offsets'), unique('group')
    partition = TopicPartition(topic, 0)
    sent = produce(topic, [b'%d' % number for number in range(10)])
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=group, enable_auto_commit=False)
    consumer.assign([partition])
    assert consumer.committed(partition) is None
    position = OffsetAndMetadata(4, 'here') if OLD else OffsetAndMetadata(4, 'here', -1)
    consumer.commit({partition: position})
    assert consumer.committed(partition) == 4
    assert consumer.committed(partition, metadata=True).metadata == 'here'
    assert consumer.beginning_offsets([partition]) == {partition: 0}
    assert consumer.end_offsets([partition]) == {partition: 10}
    at = consumer.offsets_for_times({partition: sent[5].timestamp})[partition]
    assert at.timestamp >= sent[5].timestamp and at.offset <= 5
    assert consumer.offsets_for_times({partition: sent[9].timestamp + 60_000})[partition] is None
    assert [message.value for message in read(consumer, 6)] == [b'4', b'5', b'6', b'7', b'8', b'9']
    consumer.seek(partition, 8)
    assert [message.value for message in read(consumer, 2)] == [b'8', b'9']
    consumer.seek_to_beginning(partition)
    assert len(read(consumer, 10)) == 10
    consumer.pause(partition)
    consumer.seek_to_beginning(partition)
    assert consumer.poll(timeout_ms=300) == {}
    consumer.resume(partition)
    assert len(read(consumer, 10)) == 10
    consumer.close()


def a_pattern_finds_topics():
    prefix = unique('pattern')
    for suffix in ('a', 'b'):
        produce(f'{prefix}-{suffix}', [suffix.encode()])
    consumer = KafkaConsumer(
        bootstrap_servers=BOOTSTRAP, group_id=unique('group'), auto_offset_reset='earliest'
    )
    consumer.subscribe(pattern=f'^{prefix}-.*')
    assert sorted(message.value for message in read(consumer, 2)) == [b'a', b'b']
    consumer.close()


def topics_can_be_administered():
    topic = unique('admin')
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    settings = {'retention.ms': '3600000'}
    admin.create_topics(
        [NewTopic(topic, num_partitions=2, replication_factor=1, topic_configs=settings)]
    )
    assert topic in admin.list_topics()
    try:
        admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
        raise AssertionError('a topic was created twice')
    except TopicAlreadyExistsError:
        pass
    try:
        admin.create_topics([NewTopic('a/b', num_partitions=1, replication_factor=1)])
        raise AssertionError('a topic name with a slash was accepted')
    except InvalidTopicError:
        pass
    admin.create_partitions({topic: NewPartitions(total_count=4)})
    wait_until(
        lambda: len(admin.describe_topics([topic])[0]['partitions']) == 4,
        'the topic has four partitions',
    )
    configs = str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]))
    assert 'retention.ms' in configs and '3600000' in configs, configs
    assert len(admin.describe_cluster()['brokers']) == 1
    admin.delete_topics([topic])
    assert topic not in admin.list_topics()
    try:
        admin.delete_topics([topic])
        raise AssertionError('a topic was deleted twice')
    except UnknownTopicOrPartitionError:
        pass
    admin.close()


def groups_can_be_administered():
    topic, group = unique('admin'), unique('group')
    produce(topic, [b'1', b'2'])
    consumer = consumer_of(topic, group_id=group)
    read(consumer, 2)
    consumer.commit()
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    listed = admin.list_consumer_groups() if OLD else admin.list_groups()
    assert group in str(listed), listed
    described = str(
        admin.describe_consumer_groups([group]) if OLD else admin.describe_groups([group])
    )
    assert 'Stable' in described and topic in described, described
    if OLD:
        assert admin.list_consumer_group_offsets(group)[TopicPartition(topic, 0)].offset == 2
    else:
        assert 'offset=2' in str(admin.list_group_offsets({group: None})), admin.list_group_offsets(
            {group: None}
        )
    consumer.close()
    deleted = admin.delete_consumer_groups([group]) if OLD else admin.delete_groups([group])
    assert group in str(deleted)
    listed = admin.list_consumer_groups() if OLD else admin.list_groups()
    assert group not in str(listed)
    admin.close()


def large_messages_and_many_messages_arrive():
    topic = unique('large')
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, batch_size=65536, linger_ms=5)
    producer.send(topic, value=b'x' * 900_000)
    for number in range(5000):
        producer.send(topic, value=b'%d' % number)
    producer.flush()
    messages = read(consumer_of(topic), 5001)
    assert len(messages[0].value) == 900_000
    assert [int(message.value) for message in messages[1:]] == list(range(5000))


if __name__ == '__main__':
    globals()[sys.argv[2]]()
