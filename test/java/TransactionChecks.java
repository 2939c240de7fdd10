// Transactions with the Java producer: run with a client of transaction version 2, and with one
// that only knows version 1.
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

public final class TransactionChecks {
    public static void onlyCommittedTransactionsAreRead(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String other = broker.newTopic(3);
        try (KafkaProducer<String, String> producer = begun(broker, broker.newName("transaction"))) {
            producer.send(new ProducerRecord<>(topic, "one"));
            producer.send(new ProducerRecord<>(other, 2, null, "one"));
            producer.commitTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "two"));
            producer.flush();
            producer.abortTransaction();
            for (int i = 0; i < 20; i++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, "more " + i));
                if (i % 2 == 0) producer.commitTransaction();
                else producer.abortTransaction();
            }
            producer.beginTransaction();
            producer.commitTransaction();
        }
        List<String> read = broker.committedValues(topic);
        Broker.same(11, read.size());
        Broker.same("one", read.get(0));
        Broker.same("more 18", read.get(10));
    }

    public static void offsetsBelongToTheTransaction(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String group = broker.newName("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, String> member = broker.consumer(group);
             KafkaProducer<String, String> producer = begun(broker, broker.newName("transaction"))) {
            member.subscribe(List.of(topic));
            broker.pollUntil("assigned", () -> member.assignment().size() == 1, member);
            member.position(partition); // else its first look-up of the offset may still be under way
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(5)), member.groupMetadata());
            producer.commitTransaction();
            Broker.same(5L, member.committed(Set.of(partition)).get(partition).offset());
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(9)), member.groupMetadata());
            producer.abortTransaction();
            Broker.same(5L, member.committed(Set.of(partition)).get(partition).offset());
        }
    }

    public static void aNewProducerFencesTheOneBefore(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String id = broker.newName("transaction");
        try (KafkaProducer<String, String> old = begun(broker, id)) {
            old.send(new ProducerRecord<>(topic, "old"));
            old.flush();
            try (KafkaProducer<String, String> young = begun(broker, id)) {
                young.send(new ProducerRecord<>(topic, "young"));
                young.commitTransaction();
            }
            Broker.refused(ProducerFencedException.class, () -> {
                old.commitTransaction();
                return null;
            });
        }
        Broker.same(List.of("young"), broker.committedValues(topic));
    }

    public static void anAdministratorSeesATransactionAndFencesItsProducer(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        String id = broker.newName("transaction");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = broker.admin(); KafkaProducer<String, String> producer = begun(broker, id)) {
            producer.send(new ProducerRecord<>(topic, "never read")).get();
            TransactionDescription described = admin.describeTransactions(List.of(id)).all().get().get(id);
            Broker.same(TransactionState.ONGOING, described.state());
            Broker.same(Set.of(partition), described.topicPartitions());
            Broker.same(true, admin.listTransactions().all().get().stream()
                .map(TransactionListing::transactionalId).anyMatch(id::equals));
            ProducerState state = admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().get(0);
            Broker.same(described.producerId(), state.producerId());
            Broker.same(0L, state.currentTransactionStartOffset().getAsLong());
            admin.fenceProducers(List.of(id)).all().get();
            Broker.refused(Exception.class, () -> {
                producer.commitTransaction();
                return null;
            });
        }
        Broker.same(List.of(), broker.committedValues(topic));
    }

    public static void anAdministratorAbortsATransactionInAPartition(Broker broker) throws Exception {
        String topic = broker.newTopic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = broker.admin();
             KafkaProducer<String, String> producer = begun(broker, broker.newName("transaction"))) {
            producer.send(new ProducerRecord<>(topic, "never read")).get();
            ProducerState state = admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().get(0);
            admin.abortTransaction(new AbortTransactionSpec(
                partition, state.producerId(), (short) state.producerEpoch(), state.coordinatorEpoch().orElse(-1))).all().get();
            Broker.same(List.of(), broker.committedValues(topic));
        }
    }

    private static KafkaProducer<String, String> begun(Broker broker, String transactionalId) {
        KafkaProducer<String, String> producer = broker.producer("transactional.id", transactionalId);
        producer.initTransactions();
        producer.beginTransaction();
        return producer;
    }
}
