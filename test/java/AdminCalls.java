// Calls every method of Kafka's Admin once at least, on a fresh broker of one node, and prints what came of
// each: a line for each call, the same for every broker that answers as Apache Kafka does.
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public final class AdminCalls {
    private static final String TOPIC = "orders";
    private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
    private static final TopicPartition NO_SUCH = new TopicPartition("no-such", 0);
    private static final Set<String> called = new TreeSet<>();

    private AdminCalls() {}

    public static void main(String[] args) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0]);
        try (Admin real = Admin.create(settings)) {
            Admin admin = watched(real);
            int node = admin.describeCluster().nodes().get().iterator().next().id();
            topics(admin);
            produceAndConsume(args[0]);
            offsets(admin);
            configs(admin, node);
            logDirs(admin, node);
            groups(admin);
            otherGroups(admin);
            transactions(admin);
            security(admin);
            cluster(admin, node);
            say("deleteTopics", () -> admin.deleteTopics(List.of(TOPIC)).all().get());
            say("deleteTopics again", () -> admin.deleteTopics(List.of(TOPIC)).all().get());
            admin.close(Duration.ofSeconds(5));
        }
        Set<String> left = Arrays.stream(Admin.class.getMethods())
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
        left.removeAll(called);
        System.out.println("never called: " + left);
        System.exit(0);
    }

    private static Admin watched(Admin real) {
        return (Admin) Proxy.newProxyInstance(Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, args) -> {
            called.add(method.getName());
            try {
                return method.invoke(real, args);
            } catch (InvocationTargetException failure) {
                throw failure.getCause();
            }
        });
    }

    /** Prints what the call gives, or which error. */
    private static void say(String what, Callable<?> call) {
        String outcome;
        try {
            outcome = Objects.toString(call.call());
        } catch (ExecutionException failure) {
            outcome = textOf(failure.getCause());
        } catch (Exception failure) {
            outcome = textOf(failure);
        }
        System.out.println(what + ": " + outcome);
    }

    /** Messages are Kafka's business but for those of errors that carry no more than their name. */
    private static String textOf(Throwable failure) {
        return failure.getClass().getSimpleName();
    }

    private static void topics(Admin admin) throws Exception {
        NewTopic topic = new NewTopic(TOPIC, 2, (short) 1).configs(Map.of("retention.ms", "100000"));
        say("createTopics", () -> {
            CreateTopicsResult created = admin.createTopics(List.of(topic));
            return created.numPartitions(TOPIC).get() + " " + created.replicationFactor(TOPIC).get() + " "
                + created.config(TOPIC).get().get("retention.ms").value();
        });
        say("createTopics again", () -> admin.createTopics(List.of(topic)).all().get());
        say("createTopics on three brokers", () ->
            admin.createTopics(List.of(new NewTopic("three", 1, (short) 3))).all().get());
        say("listTopics", () -> admin.listTopics().names().get());
        settle();
        say("describeTopics", () ->
            admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC).partitions().size());
        say("describeTopics without", () -> admin.describeTopics(List.of("no-such")).allTopicNames().get());
        say("describeTopics by id", () -> {
            Uuid id = admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC).topicId();
            return admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get().get(id).name();
        });
        say("createPartitions", () -> admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(3))).all().get());
        settle();
        say("createPartitions fewer", () ->
            admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(1))).all().get());
    }

    private static void produceAndConsume(String bootstrap) throws Exception {
        Map<String, Object> producing = Map.of("bootstrap.servers", bootstrap, "enable.idempotence", "true");
        try (var producer = new KafkaProducer<>(producing, new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < 10; n++) producer.send(new ProducerRecord<>(TOPIC, 0, 1000L + n, "k", "v" + n)).get();
        }
        Map<String, Object> consuming = Map.of("bootstrap.servers", bootstrap, "group.id", "readers", "enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(consuming, new StringDeserializer(), new StringDeserializer())) {
            consumer.commitSync(Map.of(FIRST, new OffsetAndMetadata(4, "note")));
        }
    }

    private static void offsets(Admin admin) {
        List<OffsetSpec> specs = List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp(), OffsetSpec.forTimestamp(1003));
        for (OffsetSpec spec : specs) {
            say("listOffsets " + spec.getClass().getSimpleName(), () -> {
                var found = admin.listOffsets(Map.of(FIRST, spec)).partitionResult(FIRST).get();
                return found.offset() + " " + found.timestamp() + " " + found.leaderEpoch();
            });
        }
        say("listOffsets without", () ->
            admin.listOffsets(Map.of(NO_SUCH, OffsetSpec.latest()), new ListOffsetsOptions().timeoutMs(1500)).all().get());
        say("deleteRecords", () ->
            admin.deleteRecords(Map.of(FIRST, RecordsToDelete.beforeOffset(2))).lowWatermarks().get(FIRST).get().lowWatermark());
        say("deleteRecords beyond", () ->
            admin.deleteRecords(Map.of(FIRST, RecordsToDelete.beforeOffset(99))).all().get());
        say("describeProducers", () ->
            admin.describeProducers(List.of(FIRST)).partitionResult(FIRST).get().activeProducers().size());
    }

    private static void configs(Admin admin, int node) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
        ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "subscription");
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "readers");
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(node));
        say("incrementalAlterConfigs", () -> admin.incrementalAlterConfigs(Map.of(
            topic, set("max.message.bytes", "2000000"),
            metrics, set("interval.ms", "60000"),
            group, set("consumer.session.timeout.ms", "50000"),
            broker, set("log.cleaner.threads", "1"))).all().get());
        say("incrementalAlterConfigs wrong", () ->
            admin.incrementalAlterConfigs(Map.of(topic, set("max.message.bytes", "-1"))).all().get());
        say("incrementalAlterConfigs validateOnly", () -> admin.incrementalAlterConfigs(
            Map.of(topic, set("retention.ms", "1")), new AlterConfigsOptions().validateOnly(true)).all().get());
        settle();
        DescribeConfigsOptions whole = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        for (ConfigResource resource : List.of(topic, metrics, group)) {
            say("describeConfigs " + resource.type(), () ->
                admin.describeConfigs(List.of(resource), whole).all().get().get(resource)
                .entries().stream().filter(entry -> !entry.isDefault())
                .filter(entry -> !entry.source().toString().startsWith("STATIC"))
                .map(entry -> entry.name() + "=" + entry.value() + " " + entry.source() + " " + entry.type())
                .sorted().collect(Collectors.toList()));
        }
        say("describeConfigs without", () ->
            admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "no-such"))).all().get());
        say("listConfigResources", () ->
            admin.listConfigResources(Set.of(ConfigResource.Type.CLIENT_METRICS, ConfigResource.Type.GROUP), new ListConfigResourcesOptions())
            .all().get().stream().map(found -> found.type() + " " + found.name()).sorted().collect(Collectors.toList()));
        say("listClientMetricsResources", () ->
            admin.listClientMetricsResources().all().get()
                .stream().map(ClientMetricsResourceListing::name).collect(Collectors.toList()));
        say("clientInstanceId", () -> admin.clientInstanceId(Duration.ofSeconds(5)) != null);
        say("incrementalAlterConfigs delete", () -> admin.incrementalAlterConfigs(Map.of(
            metrics, List.of(new AlterConfigOp(new ConfigEntry("interval.ms", ""), AlterConfigOp.OpType.DELETE)))).all().get());
    }

    /** Apache Kafka's broker learns of changes a moment after its controller has answered. */
    private static void settle() throws InterruptedException {
        Thread.sleep(250);
    }

    private static Collection<AlterConfigOp> set(String name, String value) {
        return List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
    }

    private static void logDirs(Admin admin, int node) {
        TopicPartitionReplica replica = new TopicPartitionReplica(TOPIC, 0, node);
        say("describeLogDirs", () -> {
            var directories = admin.describeLogDirs(List.of(node)).allDescriptions().get().get(node);
            return directories.values().stream()
                .flatMap(directory -> directory.replicaInfos().entrySet().stream())
                .filter(entry -> entry.getKey().topic().equals(TOPIC))
                .map(entry -> entry.getKey() + " " + entry.getValue().isFuture() + " " + entry.getValue().offsetLag())
                .sorted().collect(Collectors.toList());
        });
        say("describeReplicaLogDirs", () -> {
            var info = admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
            return info.getCurrentReplicaOffsetLag() + " " + info.getFutureReplicaLogDir();
        });
        say("alterReplicaLogDirs to where it is", () -> {
            String home = admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica).getCurrentReplicaLogDir();
            return admin.alterReplicaLogDirs(Map.of(replica, home)).all().get();
        });
        say("alterReplicaLogDirs to nowhere", () ->
            admin.alterReplicaLogDirs(Map.of(replica, "/no/such/directory")).all().get());
    }

    private static void groups(Admin admin) {
        say("listGroups", () -> admin.listGroups().all().get());
        say("listConsumerGroups", () ->
            admin.listConsumerGroups().all().get()
                .stream().map(ConsumerGroupListing::groupId).collect(Collectors.toList()));
        say("describeConsumerGroups", () ->
            admin.describeConsumerGroups(List.of("readers")).all().get().get("readers").groupState());
        say("describeConsumerGroups without", () -> admin.describeConsumerGroups(List.of("no-such")).all().get());
        say("describeClassicGroups", () ->
            admin.describeClassicGroups(List.of("readers")).all().get().get("readers").state());
        say("describeClassicGroups without", () -> admin.describeClassicGroups(List.of("no-such")).all().get());
        say("listConsumerGroupOffsets", () ->
            admin.listConsumerGroupOffsets("readers").partitionsToOffsetAndMetadata().get());
        say("alterConsumerGroupOffsets", () ->
            admin.alterConsumerGroupOffsets("readers", Map.of(FIRST, new OffsetAndMetadata(5), new TopicPartition(TOPIC, 1), new OffsetAndMetadata(0))).all().get());
        say("alterConsumerGroupOffsets without", () ->
            admin.alterConsumerGroupOffsets("readers", Map.of(NO_SUCH, new OffsetAndMetadata(5))).all().get());
        say("listConsumerGroupOffsets altered", () ->
            new TreeMap<>(admin.listConsumerGroupOffsets("readers").partitionsToOffsetAndMetadata().get()
            .entrySet().stream().collect(Collectors.toMap(entry -> entry.getKey().toString(), entry -> entry.getValue().offset()))));
        say("deleteConsumerGroupOffsets", () ->
            admin.deleteConsumerGroupOffsets("readers", Set.of(new TopicPartition(TOPIC, 1))).all().get());
        say("deleteConsumerGroupOffsets without", () ->
            admin.deleteConsumerGroupOffsets("no-such", Set.of(FIRST)).all().get());
        say("removeMembersFromConsumerGroup", () -> admin.removeMembersFromConsumerGroup("readers",
            new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("static")))).all().get());
        say("removeMembersFromConsumerGroup all", () ->
            admin.removeMembersFromConsumerGroup("readers", new RemoveMembersFromConsumerGroupOptions()).all().get());
        say("deleteConsumerGroups", () -> admin.deleteConsumerGroups(List.of("readers")).all().get());
        say("deleteConsumerGroups without", () -> admin.deleteConsumerGroups(List.of("readers")).all().get());
    }

    private static void otherGroups(Admin admin) {
        say("describeShareGroups without", () -> admin.describeShareGroups(List.of("no-such")).all().get());
        say("alterShareGroupOffsets", () -> admin.alterShareGroupOffsets("sharers", Map.of(FIRST, 3L)).all().get());
        say("listShareGroupOffsets", () ->
            admin.listShareGroupOffsets(Map.of("sharers", new ListShareGroupOffsetsSpec())).all().get().get("sharers")
            .entrySet().stream().map(entry -> entry.getKey() + " " + (entry.getValue() == null ? null : entry.getValue().startOffset())).collect(Collectors.toList()));
        say("describeShareGroups", () ->
            admin.describeShareGroups(List.of("sharers")).all().get().get("sharers").groupState());
        say("deleteShareGroupOffsets", () -> admin.deleteShareGroupOffsets("sharers", Set.of(TOPIC)).all().get());
        say("deleteShareGroups", () -> admin.deleteShareGroups(List.of("sharers")).all().get());
        say("deleteShareGroups without", () -> admin.deleteShareGroups(List.of("no-such")).all().get());
        say("describeStreamsGroups without", () -> admin.describeStreamsGroups(List.of("no-such")).all().get());
        say("listStreamsGroupOffsets without", () ->
            admin.listStreamsGroupOffsets(Map.of("no-such", new ListStreamsGroupOffsetsSpec())).all().get());
        say("alterStreamsGroupOffsets", () ->
            admin.alterStreamsGroupOffsets("streams", Map.of(FIRST, new OffsetAndMetadata(1))).all().get());
        say("deleteStreamsGroupOffsets", () -> admin.deleteStreamsGroupOffsets("streams", Set.of(FIRST)).all().get());
        say("deleteStreamsGroups without", () -> admin.deleteStreamsGroups(List.of("no-such")).all().get());
    }

    private static void transactions(Admin admin) {
        say("fenceProducers", () -> admin.fenceProducers(List.of("payments")).all().get());
        say("listTransactions", () ->
            admin.listTransactions().all().get()
                .stream().map(found -> found.transactionalId() + " " + found.state()).collect(Collectors.toList()));
        say("describeTransactions", () ->
            admin.describeTransactions(List.of("payments")).all().get().get("payments").state());
        say("describeTransactions without", () -> admin.describeTransactions(List.of("no-such")).all().get());
        say("abortTransaction", () ->
            admin.abortTransaction(new AbortTransactionSpec(FIRST, 12345, (short) 0, 0)).all().get());
        say("forceTerminateTransaction", () -> admin.forceTerminateTransaction("payments").result().get());
    }

    private static void security(Admin admin) throws Exception {
        AclBinding rule = new AclBinding(new ResourcePattern(ResourceType.TOPIC, TOPIC, PatternType.LITERAL),
            new AccessControlEntry("User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW));
        say("createAcls", () -> admin.createAcls(List.of(rule)).all().get());
        settle();
        say("describeAcls", () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
        say("deleteAcls", () -> admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get());
        say("createDelegationToken", () -> admin.createDelegationToken().delegationToken().get());
        say("renewDelegationToken", () -> admin.renewDelegationToken(new byte[] {1}).expiryTimestamp().get());
        say("expireDelegationToken", () -> admin.expireDelegationToken(new byte[] {1}).expiryTimestamp().get());
        say("describeDelegationToken", () -> admin.describeDelegationToken().delegationTokens().get());
        ScramCredentialInfo scram = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
        say("alterUserScramCredentials", () ->
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion("alice", scram, "secret"))).all().get());
        say("alterUserScramCredentials without", () ->
            admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("nobody", ScramMechanism.SCRAM_SHA_256))).all().get());
        settle();
        say("describeUserScramCredentials", () -> admin.describeUserScramCredentials().all().get());
        say("describeUserScramCredentials without", () ->
            admin.describeUserScramCredentials(List.of("nobody")).all().get());
        ClientQuotaEntity alice = new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, "alice"));
        say("alterClientQuotas", () ->
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(alice, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1000.0))))).all().get());
        say("alterClientQuotas wrong", () ->
            admin.alterClientQuotas(List.of(new ClientQuotaAlteration(alice, List.of(new ClientQuotaAlteration.Op("no_such_rate", 1000.0))))).all().get());
        settle();
        say("describeClientQuotas", () -> admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get());
    }

    private static void cluster(Admin admin, int node) {
        say("describeCluster", () -> {
            DescribeClusterResult cluster = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
            return cluster.nodes().get().size() + " " + (cluster.controller().get().id() == node) + " " + cluster.authorizedOperations().get().stream().sorted().collect(Collectors.toList());
        });
        say("describeFeatures", () ->
            admin.describeFeatures().featureMetadata().get().supportedFeatures().keySet()
                .stream().sorted().collect(Collectors.toList()));
        say("updateFeatures", () ->
            admin.updateFeatures(Map.of("no.such.version", new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE)), new UpdateFeaturesOptions()).all().get());
        say("describeMetadataQuorum", () -> admin.describeMetadataQuorum().quorumInfo().get().voters().size());
        say("electLeaders", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(FIRST)).partitions().get()
            .values().stream().map(found -> found.map(AdminCalls::textOf)).collect(Collectors.toList()));
        say("alterPartitionReassignments", () ->
            admin.alterPartitionReassignments(Map.of(FIRST, Optional.of(new NewPartitionReassignment(List.of(node))))).all().get());
        say("alterPartitionReassignments to nobody", () ->
            admin.alterPartitionReassignments(Map.of(FIRST, Optional.of(new NewPartitionReassignment(List.of(77))))).all().get());
        say("alterPartitionReassignments none", () ->
            admin.alterPartitionReassignments(Map.of(FIRST, Optional.empty())).all().get());
        say("listPartitionReassignments", () -> admin.listPartitionReassignments().reassignments().get());
        say("unregisterBroker", () -> admin.unregisterBroker(77).all().get());
        say("addRaftVoter", () ->
            admin.addRaftVoter(77, Uuid.ONE_UUID, Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 1))).all().get());
        say("removeRaftVoter", () -> admin.removeRaftVoter(77, Uuid.ONE_UUID).all().get());
        say("metrics", () -> admin.metrics().isEmpty());
        say("registerMetricForSubscription", () -> {
            var metric = (org.apache.kafka.common.metrics.KafkaMetric) admin.metrics().values().iterator().next();
            admin.registerMetricForSubscription(metric);
            admin.unregisterMetricFromSubscription(metric);
            return "registered";
        });
    }
}
