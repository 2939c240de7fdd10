"""What confluent-kafka users do: `confluent_checks.py BOOTSTRAP CHECK` fails by an assertion."""

import sys
import time
import uuid

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka import ConsumerGroupState, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, OffsetSpec

BOOTSTRAP = sys.argv[1]
SECONDS_MAX = 30
ADMIN = AdminClient({'bootstrap.servers': BOOTSTRAP})


def unique(name):
    return f'{name}-{uuid.uuid4().hex[:8]}'


def create_topic(topic, partitions=1, **config):
    settings = {key.replace('_', '.'): value for key, value in config.items()}
    ADMIN.create_topics([NewTopic(topic, num_partitions=partitions, config=settings)])[
        topic
    ].result(10)


def produce(topic, values, **settings):
    """Sends the values; returns the offsets at which they were acknowledged, in that order."""
    producer = Producer({'bootstrap.servers': BOOTSTRAP, **settings})
    offsets = []

    def acknowledged(error, message):
        assert error is None, error
        offsets.append(message.offset())

    for value in values:
        producer.produce(topic, value=value, on_delivery=acknowledged)
        producer.poll(0)
    assert producer.flush(SECONDS_MAX) == 0
    return offsets


def consumer_of(topics, **settings):
    defaults = {
        'bootstrap.servers': BOOTSTRAP,
        'group.id': unique('group'),
        'auto.offset.reset': 'earliest',
    }
    consumer = Consumer({**defaults, **settings})
    consumer.subscribe(topics)
    return consumer


def read(consumer, count):
    """The next `count` messages; fails when there are fewer, or more."""
    messages = []
    deadline = time.time() + SECONDS_MAX
    while len(messages) < count and time.time() < deadline:
        messages += consumer.consume(count, timeout=0.2)
    messages += consumer.consume(1, timeout=0.3)
    assert all(message.error() is None for message in messages), [
        message.error() for message in messages
    ]
    assert len(messages) == count, f'{len(messages)} messages, not {count}'
    return messages


def wait_until(condition, what):
    deadline = time.time() + SECONDS_MAX
    while not condition():
        assert time.time() < deadline, f'not within {SECONDS_MAX} s: {what}'


def error_of(future):
    """The code of the error that a request ends with; None when it succeeds."""
    try:
        future.result(10)
    except KafkaException as error:
        return error.args[0].code()
    return None


def every_codec_works():
    for codec in ('none', 'gzip', 'snappy', 'lz4', 'zstd'):
        topic = unique(codec)
        create_topic(topic)
        values = [b'%d ' % number * 100 for number in range(500)]
        settings = {'compression.type': codec, 'linger.ms': 20}
        assert produce(topic, values, **settings) == list(range(500))
        assert [message.value() for message in read(consumer_of([topic]), 500)] == values, codec


def a_topic_recompresses():
    for codec in ('uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'):
        topic = unique(f'recompress-{codec}')
        create_topic(topic, compression_type=codec)
        values = [b'%d ' % number * 100 for number in range(200)]
        for sent in ('none', 'zstd'):
            produce(topic, values, **{'compression.type': sent, 'linger.ms': 20})
        assert [message.value() for message in read(consumer_of([topic]), 400)] == values * 2, codec


def idempotent_producer_keeps_order():
    topic = unique('idempotent')
    create_topic(topic)
    values = [b'%d' % number for number in range(20_000)]
    settings = {'enable.idempotence': True, 'linger.ms': 1, 'batch.num.messages': 100}
    assert produce(topic, values, **settings) == list(range(20_000))
    assert [message.value() for message in read(consumer_of([topic]), 20_000)] == values


def message_parts_survive():
    topic = unique('parts')
    producer = Producer({'bootstrap.servers': BOOTSTRAP})
    headers = [('trace', b'\x00\x01'), ('trace', b'again'), ('null', None)]
    producer.produce(topic, key=b'k', value=b'v', headers=headers, timestamp=1_600_000_000_123)
    producer.produce(topic, key=b'k', value=None)
    producer.flush(SECONDS_MAX)
    first, tombstone = read(consumer_of([topic]), 2)
    assert (first.key(), first.value(), first.timestamp()[1]) == (b'k', b'v', 1_600_000_000_123)
    assert first.headers() == headers
    assert (tombstone.key(), tombstone.value()) == (b'k', None)


def rebalance(strategy):
    topic, group = unique('shared'), unique('group')
    create_topic(topic, 4)
    settings = {'group.id': group, 'partition.assignment.strategy': strategy}
    first = consumer_of([topic], **settings)
    wait_until(
        lambda: (first.poll(0.1), len(first.assignment()))[1] == 4, 'the first has all partitions'
    )
    second = consumer_of([topic], **settings)

    def both():
        first.poll(0.1)
        second.poll(0.1)
        return len(first.assignment()) == len(second.assignment()) == 2

    wait_until(both, 'both have two partitions')
    second.close()
    wait_until(
        lambda: (first.poll(0.1), len(first.assignment()))[1] == 4, 'the first has all again'
    )
    produce(topic, [b'%d' % number for number in range(40)])
    assert sorted(int(message.value()) for message in read(first, 40)) == list(range(40))
    first.close()
    produce(topic, [b'late'])
    assert [message.value() for message in read(consumer_of([topic], **settings), 1)] == [b'late']


def eager_rebalance_works():
    rebalance('range')


def cooperative_rebalance_works():
    rebalance('cooperative-sticky')


def a_static_member_returns_without_a_rebalance():
    topic, group = unique('static'), unique('group')
    create_topic(topic, 2)
    assigned = []

    def member(name):
        consumer = consumer_of([topic], **{'group.id': group, 'group.instance.id': name})
        consumer.subscribe(
            [topic], on_assign=lambda _, partitions: assigned.append((name, len(partitions)))
        )
        return consumer

    first, second = member('one'), member('two')

    def both():
        first.poll(0.1)
        second.poll(0.1)
        return len(first.assignment()) == len(second.assignment()) == 1

    wait_until(both, 'both have a partition')
    before = len(assigned)
    second.close()
    second = member('two')
    wait_until(both, 'the second is back')
    assert assigned[before:] == [('two', 1)], assigned
    first.close()
    second.close()


def offsets_can_be_committed_and_sought():
    topic, group = unique('offsets'), unique('group')
    create_topic(topic)
    produce(topic, [b'%d' % number for number in range(10)])
    consumer = Consumer(
        {'bootstrap.servers': BOOTSTRAP, 'group.id': group, 'enable.auto.commit': False}
    )
    assert consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10) == (0, 10)
    consumer.assign([TopicPartition(topic, 0, 3)])
    third = read(consumer, 7)[0]
    assert (third.offset(), third.value()) == (3, b'3')
    consumer.commit(offsets=[TopicPartition(topic, 0, 5, 'here')], asynchronous=False)
    (committed,) = consumer.committed([TopicPartition(topic, 0)], timeout=10)
    assert (committed.offset, committed.metadata) == (5, 'here')
    consumer.seek(TopicPartition(topic, 0, OFFSET_BEGINNING))
    assert len(read(consumer, 10)) == 10
    at = third.timestamp()[1]
    (found,) = consumer.offsets_for_times([TopicPartition(topic, 0, at)], timeout=10)
    assert 0 <= found.offset <= 3
    (none,) = consumer.offsets_for_times([TopicPartition(topic, 0, at + 3_600_000)], timeout=10)
    assert none.offset in (-1, 10), none
    consumer.close()


def topics_can_be_administered():
    topic = unique('admin')
    create_topic(topic, 2, retention_ms='3600000')
    assert (
        error_of(ADMIN.create_topics([NewTopic(topic)])[topic]) == KafkaError.TOPIC_ALREADY_EXISTS
    )
    assert error_of(ADMIN.create_topics([NewTopic('a/b')])['a/b']) == KafkaError.TOPIC_EXCEPTION
    replicated = ADMIN.create_topics(
        [NewTopic(f'{topic}-3', num_partitions=1, replication_factor=3)]
    )
    assert error_of(replicated[f'{topic}-3']) == KafkaError.INVALID_REPLICATION_FACTOR
    ADMIN.create_partitions([NewPartitions(topic, 3)])[topic].result(10)

    def describe():
        return ADMIN.describe_topics(TopicCollection([topic]))[topic].result(10)

    wait_until(lambda: len(describe().partitions) == 3, 'the topic has three partitions')
    assert not describe().is_internal
    assert len(ADMIN.list_topics(topic, timeout=10).topics[topic].partitions) == 3
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    configs = ADMIN.describe_configs([resource])[resource].result(10)
    assert configs['retention.ms'].value == '3600000' and not configs['retention.ms'].is_default
    assert configs['cleanup.policy'].value == 'delete' and configs['cleanup.policy'].is_default
    assert len(ADMIN.describe_cluster().result(10).nodes) == 1
    ADMIN.delete_topics([topic])[topic].result(10)
    assert error_of(ADMIN.delete_topics([topic])[topic]) == KafkaError.UNKNOWN_TOPIC_OR_PART


def records_can_be_deleted():
    topic = unique('delete')
    create_topic(topic)
    partition = TopicPartition(topic, 0)
    produce(topic, [b'%d' % number for number in range(10)])
    (deleted,) = ADMIN.delete_records([TopicPartition(topic, 0, 4)]).values()
    assert deleted.result(10).low_watermark == 4
    assert ADMIN.list_offsets({partition: OffsetSpec.earliest()})[partition].result(10).offset == 4
    assert ADMIN.list_offsets({partition: OffsetSpec.latest()})[partition].result(10).offset == 10
    assert [message.offset() for message in read(consumer_of([topic]), 6)] == [4, 5, 6, 7, 8, 9]


def groups_can_be_administered():
    topic, group = unique('admin'), unique('group')
    create_topic(topic)
    produce(topic, [b'1', b'2'])
    consumer = consumer_of([topic], **{'group.id': group})
    read(consumer, 2)
    consumer.commit(asynchronous=False)
    assert group in [listed.group_id for listed in ADMIN.list_consumer_groups().result(10).valid]
    described = ADMIN.describe_consumer_groups([group])[group].result(10)
    assert described.state == ConsumerGroupState.STABLE and len(described.members) == 1
    assert described.members[0].assignment.topic_partitions == [TopicPartition(topic, 0)]
    assert error_of(ADMIN.delete_consumer_groups([group])[group]) == KafkaError.NON_EMPTY_GROUP
    consumer.close()
    described = ADMIN.describe_consumer_groups([group])[group].result(10)
    assert described.state == ConsumerGroupState.EMPTY
    ADMIN.delete_consumer_groups([group])[group].result(10)
    assert error_of(ADMIN.delete_consumer_groups([group])[group]) == KafkaError.GROUP_ID_NOT_FOUND


def an_unknown_topic_is_an_error_for_a_consumer():
    consumer = consumer_of([unique('unknown')], **{'allow.auto.create.topics': False})
    deadline = time.time() + SECONDS_MAX
    message = None
    while message is None and time.time() < deadline:
        message = consumer.poll(0.2)
    assert message is not None and message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    consumer.close()


def a_message_that_is_too_large_is_refused():
    topic = unique('large')
    create_topic(topic, max_message_bytes='10000')
    producer = Producer({'bootstrap.servers': BOOTSTRAP, 'message.max.bytes': 2_000_000})
    errors = []
    for size in (5_000, 50_000):
        producer.produce(
            topic, value=b'x' * size, on_delivery=lambda error, _: errors.append(error)
        )
        producer.flush(SECONDS_MAX)
    assert errors[0] is None and errors[1].code() == KafkaError.MSG_SIZE_TOO_LARGE, errors
    assert len(read(consumer_of([topic]), 1)[0].value()) == 5_000


# The new group protocol (KIP-848): the broker assigns, a member gets what another has given back.


class Member:
    """A consumer of the new protocol that is polled by hand and knows what it was assigned."""

    def __init__(self, group, topics, **settings):
        self.assigned = set()
        self.values = []
        self.consumer = Consumer(
            {
                'bootstrap.servers': BOOTSTRAP,
                'group.id': group,
                'group.protocol': 'consumer',
                'auto.offset.reset': 'earliest',
                **settings,
            }
        )
        self.consumer.subscribe(topics, on_assign=self._take, on_revoke=self._give_back)

    def _take(self, consumer, partitions):
        self.assigned |= {(p.topic, p.partition) for p in partitions}
        consumer.incremental_assign(partitions)

    def _give_back(self, consumer, partitions):
        self.assigned -= {(p.topic, p.partition) for p in partitions}
        consumer.incremental_unassign(partitions)

    def poll(self):
        message = self.consumer.poll(0.05)
        if message is not None and message.error() is None:
            self.values.append(message.value())


def poll_until(members, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, [sorted(member.assigned) for member in members]
        for member in members:
            member.poll()


def members_of_the_new_protocol_share_partitions_and_hand_them_over():
    topic, group = unique('next'), unique('group')
    create_topic(topic, 4)
    produce(topic, [b'1', b'2', b'3'])
    first = Member(group, [topic])
    poll_until([first], lambda: len(first.assigned) == 4 and len(first.values) == 3)
    first.consumer.commit(asynchronous=False)
    second = Member(group, [topic])
    both = [first, second]
    poll_until(both, lambda: len(first.assigned) == 2 and len(second.assigned) == 2)
    assert first.assigned.isdisjoint(second.assigned)
    described = ADMIN.describe_consumer_groups([group])[group].result(10)
    assert described.state == ConsumerGroupState.STABLE, described.state
    assert len(described.members) == 2
    first.consumer.close()
    poll_until([second], lambda: len(second.assigned) == 4)
    assert second.values == []
    second.consumer.close()


def a_pattern_of_the_new_protocol_takes_partitions_and_topics_that_come_later():
    topic, group = unique('pattern'), unique('group')
    create_topic(topic, 1)
    member = Member(group, [f'^{topic}.*'])
    poll_until([member], lambda: len(member.assigned) == 1)
    ADMIN.create_partitions([NewPartitions(topic, 3)])[topic].result(10)
    poll_until([member], lambda: len(member.assigned) == 3)
    create_topic(f'{topic}-more', 2)
    poll_until([member], lambda: len(member.assigned) == 5)
    member.consumer.close()


def a_static_member_of_the_new_protocol_comes_back_to_its_partitions():
    topic, group = unique('static'), unique('group')
    create_topic(topic, 2)
    first = Member(group, [topic], **{'group.instance.id': 'worker'})
    poll_until([first], lambda: len(first.assigned) == 2)
    first.consumer.close()
    again = Member(group, [topic], **{'group.instance.id': 'worker'})
    poll_until([again], lambda: len(again.assigned) == 2)
    again.consumer.close()


def a_classic_group_moves_to_the_new_protocol_while_it_works():
    topic, group = unique('moving'), unique('group')
    create_topic(topic, 2)
    settings = {'group.protocol': 'classic', 'partition.assignment.strategy': 'cooperative-sticky'}
    classic = Member(group, [topic], **settings)
    poll_until([classic], lambda: len(classic.assigned) == 2)
    modern = Member(group, [topic])
    both = [classic, modern]
    poll_until(both, lambda: len(classic.assigned) == 1 and len(modern.assigned) == 1)
    modern.consumer.close()
    poll_until([classic], lambda: len(classic.assigned) == 2)
    classic.consumer.close()


def transactional_producer(transactional_id):
    producer = Producer({'bootstrap.servers': BOOTSTRAP, 'transactional.id': transactional_id})
    producer.init_transactions(SECONDS_MAX)
    return producer


def transactions_are_all_or_nothing():
    topic, source, group = unique('tx'), unique('source'), unique('group')
    create_topic(topic, partitions=2)
    create_topic(source)
    member = consumer_of([source], **{'group.id': group})
    wait_until(lambda: member.poll(0.1) is None and member.assignment(), 'an assignment')
    producer = transactional_producer(unique('tx'))
    for number, commits in enumerate([True, False, True]):
        producer.begin_transaction()
        for partition in (0, 1):
            producer.produce(topic, b'%d' % number, partition=partition)
        offsets = [TopicPartition(source, 0, number + 1)]
        producer.send_offsets_to_transaction(offsets, member.consumer_group_metadata())
        if commits:
            producer.commit_transaction(SECONDS_MAX)
        else:
            producer.flush(SECONDS_MAX)
            producer.abort_transaction(SECONDS_MAX)
    values = [message.value() for message in read(consumer_of([topic]), 4)]
    assert sorted(values) == [b'0', b'0', b'2', b'2'], values
    (committed,) = member.committed([TopicPartition(source, 0)], SECONDS_MAX)
    assert committed.offset == 3, committed
    member.close()


def a_second_transactional_producer_fences_the_first():
    topic, transactional_id = unique('tx'), unique('tx')
    create_topic(topic)
    first = transactional_producer(transactional_id)
    first.begin_transaction()
    first.produce(topic, b'first')
    first.flush(SECONDS_MAX)
    second = transactional_producer(transactional_id)
    second.begin_transaction()
    second.produce(topic, b'second')
    second.commit_transaction(SECONDS_MAX)
    try:
        first.commit_transaction(SECONDS_MAX)
        raise AssertionError('the first producer is not fenced')
    except KafkaException as error:
        assert error.args[0].code() == KafkaError._FENCED and error.args[0].fatal(), error
    assert [message.value() for message in read(consumer_of([topic]), 1)] == [b'second']


def a_producer_over_its_quota_is_told_how_long_to_wait_and_waits():
    # The broker's test gives this client id 20 kB/s: 200 kB at once are let through.
    topic, waits = unique('throttled'), []
    create_topic(topic)
    producer = Producer(
        {
            'bootstrap.servers': BOOTSTRAP,
            'client.id': 'throttled-client',
            'throttle_cb': lambda event: waits.append(event.throttle_time),
        }
    )
    for _ in range(5):
        producer.produce(topic, bytes(50_000))
        assert producer.flush(SECONDS_MAX) == 0
    began = time.monotonic()
    producer.poll(0.1)
    # 250 kB are 50 kB too many, which takes 2.5 s.
    assert 2 < waits[-1] < 3, waits
    producer.produce(topic, b'afterwards')
    assert producer.flush(SECONDS_MAX) == 0
    assert time.monotonic() - began > waits[-1] - 0.5, 'the broker did not hold the client up'


if __name__ == '__main__':
    globals()[sys.argv[2]]()
