// Group membership with the Java consumer, under both group protocols, and what an administrator
// may do to groups.
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;

public final class GroupChecks {
    private static final String RANGE = "org.apache.kafka.clients.consumer.RangeAssignor";
    private static final String COOPERATIVE = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
    private static final String[] CLASSIC = classic(RANGE);
    private static final String[] CONSUMER = {"group.protocol", "consumer"};

    /** What a consumer was told to give up, in sum. */
    private static final class Revoked implements ConsumerRebalanceListener {
        final List<TopicPartition> partitions = new ArrayList<>();

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            partitions.addAll(revoked);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {}
    }

    public static void classicMembersShareATopicEagerly(Broker broker) throws Exception {
        membersShare(broker, CLASSIC, 4);
    }

    public static void cooperativeMembersGiveUpOnlyWhatMoves(Broker broker) throws Exception {
        membersShare(broker, classic(COOPERATIVE), 2);
    }

    public static void membersOfTheConsumerProtocolGiveUpOnlyWhatMoves(Broker broker) throws Exception {
        membersShare(broker, CONSUMER, 2);
    }

    /** Two members share four partitions; the first gives up `revoked` on the way; nothing is read twice. */
    private static void membersShare(Broker broker, String[] settings, int revoked) throws Exception {
        String topic = broker.newTopic(4);
        String group = broker.newName("group");
        broker.produce(topic, 4, "a", "b", "c", "d", "e", "f", "g", "h");
        Revoked given = new Revoked();
        try (KafkaConsumer<String, String> first = broker.consumer(group, settings);
             KafkaConsumer<String, String> second = broker.consumer(group, settings)) {
            first.subscribe(List.of(topic), given);
            List<String> read = new ArrayList<>();
            broker.pollUntil("the only member reads everything", () -> {
                for (ConsumerRecord<String, String> record : first.poll(Duration.ofMillis(20))) read.add(record.value());
                return read.size() == 8;
            });
            first.commitSync();
            second.subscribe(List.of(topic));
            broker.pollUntil("two members hold two partitions each",
                () -> first.assignment().size() == 2 && second.assignment().size() == 2, first, second);
            Broker.same(revoked, given.partitions.size());
            Set<TopicPartition> held = new HashSet<>(first.assignment());
            held.addAll(second.assignment());
            Broker.same(4, held.size());
            for (TopicPartition partition : second.assignment()) Broker.same(2L, second.position(partition));
            first.close();
            broker.pollUntil("what a member leaves behind goes to the other", () -> second.assignment().size() == 4, second);
        }
    }

    public static void aStaticMemberOfAClassicGroupComesBackWithoutARebalance(Broker broker) throws Exception {
        staticMemberReturns(broker, CLASSIC);
    }

    public static void aStaticMemberOfAConsumerGroupComesBackWithoutARebalance(Broker broker) throws Exception {
        staticMemberReturns(broker, CONSUMER);
    }

    private static void staticMemberReturns(Broker broker, String[] protocol) throws Exception {
        String topic = broker.newTopic(2);
        String group = broker.newName("group");
        try (KafkaConsumer<String, String> other = broker.consumer(group, with(protocol, "group.instance.id", "other"))) {
            Revoked given = new Revoked();
            other.subscribe(List.of(topic), given);
            Set<TopicPartition> before;
            int generation;
            try (KafkaConsumer<String, String> member = broker.consumer(group, with(protocol, "group.instance.id", "one"))) {
                member.subscribe(List.of(topic));
                broker.pollUntil("one partition each",
                    () -> member.assignment().size() == 1 && other.assignment().size() == 1, member, other);
                before = member.assignment();
                generation = other.groupMetadata().generationId();
            }
            given.partitions.clear();
            try (KafkaConsumer<String, String> member = broker.consumer(group, with(protocol, "group.instance.id", "one"))) {
                member.subscribe(List.of(topic));
                broker.pollUntil("its partition again", () -> member.assignment().equals(before), member, other);
                Broker.same(generation, other.groupMetadata().generationId());
                Broker.same(List.of(), given.partitions);
            }
        }
    }

    public static void thePatternOfAConsumerGroupIsResolvedByTheBroker(Broker broker) throws Exception {
        String topic = broker.newTopic(3);
        String pattern = topic.substring(0, topic.length() - 1) + "[0-9a-f]$";
        try (KafkaConsumer<String, String> member = broker.consumer(broker.newName("group"), CONSUMER)) {
            member.subscribe(new SubscriptionPattern(pattern));
            broker.pollUntil("the topic's partitions", () -> member.assignment().size() == 3, member);
        }
    }

    public static void aGroupChangesItsProtocolOnline(Broker broker) throws Exception {
        String topic = broker.newTopic(4);
        String group = broker.newName("group");
        broker.produce(topic, 4, "a", "b", "c", "d");
        String[] classic = classic(COOPERATIVE);
        try (Admin admin = broker.admin()) {
            KafkaConsumer<String, String> old = broker.consumer(group, classic);
            old.subscribe(List.of(topic));
            broker.pollUntil("a classic group", () -> old.assignment().size() == 4, old);
            old.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(1)));
            KafkaConsumer<String, String> young = broker.consumer(group, CONSUMER);
            young.subscribe(List.of(topic));
            broker.pollUntil("both kinds of member share",
                () -> old.assignment().size() == 2 && young.assignment().size() == 2, old, young);
            Broker.same(GroupType.CONSUMER, describe(admin, group).type());
            old.commitSync(Map.of());
            old.close();
            broker.pollUntil("a consumer group", () -> young.assignment().size() == 4, young);
            KafkaConsumer<String, String> again = broker.consumer(group, classic);
            again.subscribe(List.of(topic));
            broker.pollUntil("both kinds share again",
                () -> again.assignment().size() == 2 && young.assignment().size() == 2, again, young);
            young.close();
            broker.pollUntil("classic again", () -> again.assignment().size() == 4, again);
            Broker.same(GroupType.CLASSIC, describe(admin, group).type());
            TopicPartition first = new TopicPartition(topic, 0);
            Broker.same(1L, again.committed(Set.of(first)).get(first).offset());
            again.close();
        }
    }

    public static void anAdministratorSeesAndChangesClassicGroups(Broker broker) throws Exception {
        administration(broker, CLASSIC, GroupType.CLASSIC);
    }

    public static void anAdministratorSeesAndChangesConsumerGroups(Broker broker) throws Exception {
        administration(broker, CONSUMER, GroupType.CONSUMER);
    }

    private static void administration(Broker broker, String[] protocol, GroupType type) throws Exception {
        String topic = broker.newTopic(1);
        String group = broker.newName("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = broker.admin()) {
            Broker.refused(GroupIdNotFoundException.class, () -> describe(admin, group));
            KafkaConsumer<String, String> member = broker.consumer(group, with(protocol, "client.id", "reader"));
            member.subscribe(List.of(topic));
            broker.pollUntil("assigned", () -> member.assignment().size() == 1, member);
            member.commitSync(Map.of(partition, new OffsetAndMetadata(7, Optional.of(0), "note")));
            ConsumerGroupDescription described = describe(admin, group);
            Broker.same(type, described.type());
            Broker.same(GroupState.STABLE, described.groupState());
            Broker.same("reader", described.members().iterator().next().clientId());
            Broker.same(Set.of(partition), described.members().iterator().next().assignment().topicPartitions());
            ListGroupsOptions stable = new ListGroupsOptions().withTypes(Set.of(type)).inGroupStates(Set.of(GroupState.STABLE));
            Broker.same(true, admin.listGroups(stable).all().get().stream().map(GroupListing::groupId).anyMatch(group::equals));
            Broker.refused(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
            Broker.refused(GroupSubscribedToTopicException.class,
                () -> admin.deleteConsumerGroupOffsets(group, Set.of(partition)).partitionResult(partition).get());
            member.close();
            Broker.same(GroupState.EMPTY, describe(admin, group).groupState());
            Map<TopicPartition, OffsetAndMetadata> offsets =
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
            Broker.same(Map.of(partition, new OffsetAndMetadata(7, Optional.of(0), "note")), offsets);
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3))).all().get();
            Broker.same(3L, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset());
            admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
            Broker.same(Map.of(), admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
            admin.deleteConsumerGroups(List.of(group)).all().get();
            Broker.refused(GroupIdNotFoundException.class, () -> describe(admin, group));
        }
    }

    public static void anAdministratorRemovesStaticMembers(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = broker.newName("group");
        try (Admin admin = broker.admin()) {
            KafkaConsumer<String, String> member = broker.consumer(group, with(CLASSIC, "group.instance.id", "one"));
            member.subscribe(List.of(topic));
            broker.pollUntil("assigned", () -> member.assignment().size() == 1, member);
            member.close();
            Broker.same(1, describe(admin, group).members().size());
            admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions()).all().get();
            Broker.same(0, describe(admin, group).members().size());
        }
    }

    private static String[] classic(String assignor) {
        return new String[] {
            "group.protocol", "classic", "partition.assignment.strategy", assignor, "heartbeat.interval.ms", "100"
        };
    }

    private static ConsumerGroupDescription describe(Admin admin, String group) throws Exception {
        return admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get();
    }

    private static String[] with(String[] settings, String key, String value) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.addAll(List.of(key, value));
        return all.toArray(new String[0]);
    }
}
