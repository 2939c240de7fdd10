// Share groups (KIP-932) with the Java share consumer, and what an administrator may do to them.
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.serialization.StringDeserializer;

public final class ShareChecks {
    private static final String[] EXPLICIT = {"share.acknowledgement.mode", "explicit"};
    private static final Duration POLL = Duration.ofMillis(100);
    /** Long enough for a record to come that should not. */
    private static final Duration QUIET = Duration.ofMillis(600);

    public static void membersShareTheRecordsOfOnePartition(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = earliest(broker);
        Set<String> sent = new HashSet<>();
        List<String> byFirst = new ArrayList<>();
        List<String> bySecond = new ArrayList<>();
        try (KafkaShareConsumer<String, String> first = consumer(broker, group, oneByOne());
             KafkaShareConsumer<String, String> second = consumer(broker, group, oneByOne())) {
            first.subscribe(List.of(topic));
            second.subscribe(List.of(topic));
            broker.pollUntil("both members are given records", () -> {
                String value = "v" + sent.size();
                broker.produce(topic, 1, value);
                sent.add(value);
                byFirst.addAll(accepted(first));
                bySecond.addAll(accepted(second));
                return !byFirst.isEmpty() && !bySecond.isEmpty();
            });
            broker.pollUntil("each record is given to one of them", () -> {
                byFirst.addAll(accepted(first));
                bySecond.addAll(accepted(second));
                return byFirst.size() + bySecond.size() >= sent.size();
            });
        }
        Set<String> all = new HashSet<>(byFirst);
        all.addAll(bySecond);
        Broker.same(sent, all);
        Broker.same(sent.size(), byFirst.size() + bySecond.size());
    }

    public static void recordsAreAcceptedReleasedRenewedAndRejectedOneByOne(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = earliest(broker);
        broker.produce(topic, 1, "accepted", "released", "renewed", "rejected", "last");
        Map<String, List<Integer>> deliveries = new HashMap<>();
        try (KafkaShareConsumer<String, String> consumer = consumer(broker, group, EXPLICIT)) {
            consumer.subscribe(List.of(topic));
            Set<String> done = new HashSet<>();
            broker.pollUntil("all is acknowledged for good", () -> {
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    int count = record.deliveryCount().get();
                    List<Integer> seen = deliveries.computeIfAbsent(record.value(), value -> new ArrayList<>());
                    seen.add(count);
                    AcknowledgeType type = answerTo(record.value(), seen.size());
                    consumer.acknowledge(record, type);
                    if (type == AcknowledgeType.ACCEPT || type == AcknowledgeType.REJECT) done.add(record.value());
                }
                consumer.commitSync().forEach((partition, error) -> {
                    if (error.isPresent()) throw new AssertionError(partition + ": " + error.get());
                });
                return done.size() == 5;
            });
        }
        Broker.same(List.of(1), deliveries.get("accepted"));
        Broker.same(List.of(1, 2, 3), deliveries.get("released"));
        // Who renews a lock is given the record again by its own client, as the same delivery.
        Broker.same(List.of(1, 1), deliveries.get("renewed"));
        Broker.same(List.of(1), deliveries.get("rejected"));
        isGiven(broker, group, topic);
    }

    private static AcknowledgeType answerTo(String value, int timesSeen) {
        if (value.equals("released") && timesSeen < 3) return AcknowledgeType.RELEASE;
        if (value.equals("renewed") && timesSeen < 2) return AcknowledgeType.RENEW;
        return value.equals("rejected") ? AcknowledgeType.REJECT : AcknowledgeType.ACCEPT;
    }

    public static void aRecordLimitIsKeptToInsideABatch(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        try (KafkaProducer<String, String> producer = broker.producer("linger.ms", "1000")) {
            for (int i = 0; i < 7; i++) producer.send(new ProducerRecord<>(topic, "v" + i));
            producer.flush();
        }
        List<Integer> sizes = new ArrayList<>();
        try (KafkaShareConsumer<String, String> consumer = consumer(broker, earliest(broker), limit(3))) {
            consumer.subscribe(List.of(topic));
            broker.pollUntil("all is read", () -> {
                int size = accepted(consumer).size();
                if (size > 0) sizes.add(size);
                return sizes.stream().mapToInt(Integer::intValue).sum() == 7;
            });
        }
        Broker.same(List.of(3, 3, 1), sizes);
    }

    public static void whatAMemberHoldsGoesToOthersWhenItCloses(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = earliest(broker);
        broker.produce(topic, 1, "a", "b", "c");
        try (KafkaShareConsumer<String, String> leaving = consumer(broker, group, EXPLICIT)) {
            leaving.subscribe(List.of(topic));
            List<ConsumerRecord<String, String>> held = new ArrayList<>();
            broker.pollUntil("the records are held", () -> {
                if (held.isEmpty()) leaving.poll(POLL).forEach(held::add);
                return held.size() == 3;
            });
            leaving.acknowledge(held.get(0), AcknowledgeType.ACCEPT);
        }
        isGiven(broker, group, topic, "b", "c");
    }

    public static void anIsolatedGroupSeesCommittedTransactionsOnly(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = broker.newName("group");
        set(broker, group, Map.of("share.auto.offset.reset", "earliest", "share.isolation.level", "read_committed"));
        try (KafkaProducer<String, String> producer = broker.producer("transactional.id", group)) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int i = 0; i < 3; i++) producer.send(new ProducerRecord<>(topic, "aborted " + i));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            for (int i = 0; i < 3; i++) producer.send(new ProducerRecord<>(topic, "committed " + i));
            producer.commitTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "open"));
            producer.flush();
            isGiven(broker, group, topic, "committed 0", "committed 1", "committed 2");
            producer.commitTransaction();
        }
        isGiven(broker, group, topic, "open");
    }

    public static void anAdministratorSeesAndChangesShareGroups(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = earliest(broker);
        TopicPartition partition = new TopicPartition(topic, 0);
        broker.produce(topic, 1, "a", "b", "c", "d", "e");
        try (Admin admin = broker.admin()) {
            Broker.refused(GroupIdNotFoundException.class, () -> describe(admin, group));
            try (KafkaShareConsumer<String, String> member = consumer(broker, group, "client.id", "sharer")) {
                member.subscribe(List.of(topic));
                List<String> read = new ArrayList<>();
                broker.pollUntil("all is read", () -> {
                    read.addAll(accepted(member));
                    return read.size() == 5;
                });
                ShareGroupDescription described = describe(admin, group);
                Broker.same(GroupState.STABLE, described.groupState());
                Broker.same("sharer", described.members().iterator().next().clientId());
                Broker.same(Set.of(partition), described.members().iterator().next().assignment().topicPartitions());
                Broker.refused(GroupNotEmptyException.class, () -> admin.deleteShareGroups(List.of(group)).all().get());
                Broker.refused(GroupNotEmptyException.class,
                    () -> admin.alterShareGroupOffsets(group, Map.of(partition, 3L)).all().get());
            }
            Broker.same(GroupState.EMPTY, describe(admin, group).groupState());
            Broker.same(Set.of(partition), offsets(admin, group).keySet());
            admin.alterShareGroupOffsets(group, Map.of(partition, 3L)).all().get();
            Broker.same(3L, offsets(admin, group).get(partition).startOffset());
            isGiven(broker, group, topic, "d", "e");
            admin.deleteShareGroupOffsets(group, Set.of(topic)).all().get();
            Broker.same(Map.of(), offsets(admin, group));
            admin.deleteShareGroups(List.of(group)).all().get();
            Broker.refused(GroupIdNotFoundException.class, () -> describe(admin, group));
        }
    }

    /** A new member of the group is given these records and, for a while, no others. */
    private static void isGiven(Broker broker, String group, String topic, String... expected) throws Exception {
        List<String> values = new ArrayList<>();
        try (KafkaShareConsumer<String, String> consumer = consumer(broker, group)) {
            consumer.subscribe(List.of(topic));
            broker.pollUntil("records are given", () -> {
                values.addAll(accepted(consumer));
                return values.size() >= expected.length;
            });
            long end = System.nanoTime() + QUIET.toNanos();
            while (System.nanoTime() < end) values.addAll(accepted(consumer));
        }
        Broker.same(List.of(expected), values);
    }

    /** Polls once, and accepts what there is. */
    private static List<String> accepted(KafkaShareConsumer<String, String> consumer) {
        List<String> values = new ArrayList<>();
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) values.add(record.value());
        consumer.commitSync();
        return values;
    }

    private static KafkaShareConsumer<String, String> consumer(Broker broker, String group, String... settings) {
        var properties = broker.properties(settings);
        properties.put("group.id", group);
        return new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    private static String[] limit(int records) {
        return new String[] {"share.acquire.mode", "record_limit", "max.poll.records", String.valueOf(records)};
    }

    private static String[] oneByOne() {
        return limit(1);
    }

    /** A new group that begins with the first record. */
    private static String earliest(Broker broker) throws Exception {
        String group = broker.newName("group");
        set(broker, group, Map.of("share.auto.offset.reset", "earliest"));
        return group;
    }

    private static void set(Broker broker, String group, Map<String, String> configs) throws Exception {
        List<AlterConfigOp> changes = new ArrayList<>();
        configs.forEach((name, value) ->
            changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        try (Admin admin = broker.admin()) {
            admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
        }
    }

    private static ShareGroupDescription describe(Admin admin, String group) throws Exception {
        return admin.describeShareGroups(List.of(group)).describedGroups().get(group).get();
    }

    private static Map<TopicPartition, SharePartitionOffsetInfo> offsets(Admin admin, String group) throws Exception {
        return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
            .partitionsToOffsetInfo(group).get();
    }
}
