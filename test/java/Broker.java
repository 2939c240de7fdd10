// The broker under test, what every check needs of it, and the program that runs checks: it reads
// the name of one from stdin, runs it, and prints "ok <name>" or how it failed, in one line.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public final class Broker {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    public final String bootstrap;

    private Broker(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] args) throws Exception {
        Broker broker = new Broker(args[0]);
        Class<?> checks = Class.forName(args[1]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String name = in.readLine(); name != null; name = in.readLine()) {
            System.out.println(broker.outcome(checks, name));
        }
        System.exit(0);
    }

    private String outcome(Class<?> checks, String name) throws Exception {
        try {
            checks.getMethod(name, Broker.class).invoke(null, this);
            return "ok " + name;
        } catch (InvocationTargetException failure) {
            StringWriter text = new StringWriter();
            failure.getCause().printStackTrace(new PrintWriter(text));
            return text.toString().replace("\n", "\\n");
        }
    }

    public String newName(String what) {
        return what + "-" + UUID.randomUUID();
    }

    public Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    public String newTopic(int partitions) throws Exception {
        String name = newName("topic");
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        }
        return name;
    }

    /** `settings`: key, value, key, value ... */
    public Properties properties(String... settings) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        for (int i = 0; i < settings.length; i += 2) properties.put(settings[i], settings[i + 1]);
        return properties;
    }

    public KafkaProducer<String, String> producer(String... settings) {
        Properties properties = properties(settings);
        return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
    }

    public KafkaConsumer<String, String> consumer(String group, String... settings) {
        Properties properties = properties(settings);
        if (group != null) properties.put("group.id", group);
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        properties.put("isolation.level", "read_committed");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    }

    /** One record for each value, in turn to the topic's partitions. */
    public void produce(String topic, int partitions, String... values) throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            for (int i = 0; i < values.length; i++) {
                producer.send(new ProducerRecord<>(topic, i % partitions, values[i], values[i])).get();
            }
        }
    }

    /** The values that a read_committed reader finds in partition 0 from its start to its end. */
    public List<String> committedValues(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer(null)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }

    /** Polls the consumers in turn until the condition holds. */
    @SafeVarargs
    public final void pollUntil(
        String what, Callable<Boolean> condition, KafkaConsumer<String, String>... consumers) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) throw new AssertionError("not within " + PATIENCE + ": " + what);
            for (KafkaConsumer<String, String> consumer : consumers) consumer.poll(Duration.ofMillis(20));
            if (consumers.length == 0) Thread.sleep(20);
        }
    }

    public static void same(Object expected, Object actual) {
        if (!expected.equals(actual)) throw new AssertionError("expected " + expected + ", got " + actual);
    }

    /** Fails unless `run` throws `expected`, be it as the cause of another. */
    public static void refused(Class<? extends Throwable> expected, Callable<?> run) throws Exception {
        try {
            run.call();
        } catch (Exception thrown) {
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                if (expected.isInstance(cause)) return;
            }
            throw thrown;
        }
        throw new AssertionError("not refused with " + expected);
    }
}
