// Kafka Streams applications with group.protocol=streams (KIP-1071): the broker makes their internal
// topics and hands out their tasks.
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

public final class StreamsGroupChecks {
    private static final Serde<String> TEXT = Serdes.String();

    public static void anApplicationCountsExactlyOnceAndRestoresItsState(Broker broker) throws Exception {
        String input = broker.newTopic(2);
        String output = broker.newTopic(2);
        String application = broker.newName("streams-group");
        Path directory = Files.createTempDirectory("ottla-streams");
        Topology topology = counting(input, output);
        Properties settings = settings(broker, application, directory, "exactly_once_v2");
        try (KafkaConsumer<String, String> reader = broker.consumer(broker.newName("reader"))) {
            reader.subscribe(List.of(output));
            Map<String, Integer> updates = new HashMap<>();
            Map<String, String> counts = new HashMap<>();
            try (KafkaStreams streams = new KafkaStreams(topology, settings)) {
                streams.start();
                broker.produce(input, 2, "a", "b", "a", "c", "a", "b");
                awaitCounts(broker, reader, Map.of("a", "3", "b", "2", "c", "1"), counts, updates);
            }
            wipe(directory);
            try (KafkaStreams streams = new KafkaStreams(topology, settings)) {
                streams.start();
                broker.produce(input, 2, "a", "c", "d");
                awaitCounts(broker, reader, Map.of("a", "4", "b", "2", "c", "2", "d", "1"), counts, updates);
            }
            // An update for each record, none twice.
            Broker.same(Map.of("a", 4, "b", 2, "c", 2, "d", 1), updates);
        } finally {
            wipe(directory);
        }
        try (Admin admin = broker.admin()) {
            Set<String> internal = admin.listTopics().names().get().stream()
                .filter(name -> name.startsWith(application + "-")).collect(Collectors.toSet());
            Broker.same(Set.of(application + "-counts-changelog", application + "-words-repartition"), internal);
            Broker.same(GroupState.EMPTY, describe(admin, application).groupState());
        }
    }

    public static void tasksMoveToWhoIsLeft(Broker broker) throws Exception {
        String input = broker.newTopic(4);
        String output = broker.newTopic(1);
        String application = broker.newName("streams-group");
        Path first = Files.createTempDirectory("ottla-streams");
        Path second = Files.createTempDirectory("ottla-streams");
        Topology topology = counting(input, output);
        try (Admin admin = broker.admin();
             KafkaStreams one = new KafkaStreams(topology, settings(broker, application, first, "at_least_once"))) {
            one.start();
            try (KafkaStreams two = new KafkaStreams(topology, settings(broker, application, second, "at_least_once"))) {
                two.start();
                broker.pollUntil("both have tasks", () -> isShared(describe(admin, application), 4));
            }
            broker.pollUntil("one has all tasks", () -> isShared(describe(admin, application), 2));
        } finally {
            wipe(first);
            wipe(second);
        }
    }

    /** Whether so many stream threads hold all 8 tasks, each of them once. */
    private static boolean isShared(StreamsGroupDescription group, int members) {
        Set<String> tasks = new HashSet<>();
        int busy = 0;
        for (var member : group.members()) {
            int before = tasks.size();
            for (var ids : member.assignment().activeTasks()) {
                for (int partition : ids.partitions()) {
                    if (!tasks.add(ids.subtopologyId() + "_" + partition)) return false;
                }
            }
            if (tasks.size() > before) busy += 1;
        }
        return group.groupState() == GroupState.STABLE && busy == members && tasks.size() == 8;
    }

    private static StreamsGroupDescription describe(Admin admin, String group) throws Exception {
        return admin.describeStreamsGroups(List.of(group)).describedGroups().get(group).get();
    }

    private static Topology counting(String input, String output) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(input, Consumed.with(TEXT, TEXT))
            .groupBy((key, value) -> value, Grouped.with("words", TEXT, TEXT))
            .count(Materialized.as("counts"))
            .toStream()
            .mapValues(count -> Long.toString(count))
            .to(output, Produced.with(TEXT, TEXT));
        return builder.build();
    }

    private static Properties settings(Broker broker, String application, Path directory, String guarantee) {
        return broker.properties(
            "application.id", application, "group.protocol", "streams", "processing.guarantee", guarantee,
            "commit.interval.ms", "100", "state.dir", directory.toString(), "statestore.cache.max.bytes", "0",
            "num.stream.threads", "2");
    }

    private static void awaitCounts(
        Broker broker, KafkaConsumer<String, String> reader, Map<String, String> expected,
        Map<String, String> counts, Map<String, Integer> updates) throws Exception {
        broker.pollUntil("counts " + expected, () -> {
            for (ConsumerRecord<String, String> record : reader.poll(Duration.ofMillis(50))) {
                counts.put(record.key(), record.value());
                updates.merge(record.key(), 1, Integer::sum);
            }
            return counts.equals(expected);
        });
    }

    private static void wipe(Path directory) throws Exception {
        if (!Files.exists(directory)) return;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) Files.delete(file);
        }
    }
}
