// A Kafka Streams application with exactly_once_v2: it repartitions, keeps counts in a store with a
// changelog, loses its directory, and goes on counting where it was.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.common.serialization.Serde;
import java.time.Duration;

public final class StreamsChecks {
    private static final Serde<String> TEXT = Serdes.String();

    public static void anApplicationCountsExactlyOnceAndRestoresItsState(Broker broker) throws Exception {
        String input = broker.newTopic(2);
        String output = broker.newTopic(2);
        String application = broker.newName("application");
        Path directory = Files.createTempDirectory("ottla-streams");
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(input, Consumed.with(TEXT, TEXT))
            .groupBy((key, value) -> value, Grouped.with("words", TEXT, TEXT))
            .count(Materialized.as("counts"))
            .toStream()
            .mapValues(count -> Long.toString(count))
            .to(output, Produced.with(TEXT, TEXT));
        Properties settings = broker.properties(
            "application.id", application, "processing.guarantee", "exactly_once_v2", "commit.interval.ms", "100",
            "state.dir", directory.toString(), "statestore.cache.max.bytes", "0", "num.stream.threads", "2",
            "consumer.heartbeat.interval.ms", "100");
        try (KafkaConsumer<String, String> reader = broker.consumer(broker.newName("reader"))) {
            reader.subscribe(List.of(output));
            Map<String, Integer> updates = new HashMap<>();
            Map<String, String> counts = new HashMap<>();
            try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
                streams.start();
                broker.produce(input, 2, "a", "b", "a", "c", "a", "b");
                awaitCounts(broker, reader, Map.of("a", "3", "b", "2", "c", "1"), counts, updates);
            }
            wipe(directory);
            try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
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
        }
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
