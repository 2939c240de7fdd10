// The broker without its sockets: storage, catalog and groups, opened in order and wired together. Tests run
// it on simulated time and disk; broker.ts puts the network in front.
import { KafkaError } from '../protocol/errors.ts'
import { toTopicId } from './base/brands.ts'
import { chain } from './base/maybe-promise.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { TopicImage } from './catalog/image.ts'
import { fenceBroker, openCatalog } from './catalog/open.ts'
import { ProducerIds } from './catalog/producer-ids.ts'
import { ReplicaDirectories } from './catalog/replica-directories.ts'
import { ensureInternalTopic } from './catalog/topic-creation.ts'
import {
  groupMetadataTopic,
  shareGroupStateTopic,
  transactionStateTopic,
} from './catalog/topic-names.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { initialClusterConfigs } from './config/describe.ts'
import { securityProtocolIds } from './config/listener-security.ts'
import { LiveConfig } from './config/live-config.ts'
import { resolveTopicConfig } from './config/topic-config.ts'
import type { TopicsView } from './coordinators/consumer/step.ts'
import { transactionVersionFeature } from './catalog/features.ts'
import { GroupCoordinator } from './coordinators/group-coordinator.ts'
import type { InternalTopic } from './coordinators/coordinator-options.ts'
import { ShareCoordinator } from './coordinators/share-coordinator.ts'
import { SharePartitions } from './coordinators/share-partitions.ts'
import { shareRecordRulesOf } from './coordinators/share-rules.ts'
import { LocalMarkers } from './coordinators/transaction-markers.ts'
import { TransactionCoordinator } from './coordinators/transaction-coordinator.ts'
import type { BrokerServices } from './handlers/context.ts'
import { FetchSessions } from './handlers/fetch-session.ts'
import type { Clock } from './io/clock.ts'
import { ShareSessions } from './handlers/share-session.ts'
import type { Disk } from './io/disk.ts'
import { limitRepeats } from './io/limited-logger.ts'
import type { Logger } from './io/logger.ts'
import { Loggers } from './io/loggers.ts'
import type { PartName } from './io/loggers.ts'
import type { Random } from './io/random.ts'
import { Authorizer } from './security/authorizer.ts'
import { liveClientQuotas } from './security/live-quotas.ts'
import { addScramUsers } from './security/scram-bootstrap.ts'
import { tlsChangeProblem } from './security/tls-change.ts'
import { sweepTokensRegularly } from './security/token-sweep.ts'
import { Instruments } from './metrics/instruments.ts'
import { LocalStorageEngine } from './storage/local.ts'
import type { LocalStorageOptions } from './storage/local.ts'
import { ClientTelemetry } from './telemetry/client-telemetry.ts'

/** The outside world and the settings that a broker runs with. */
export interface BrokerOptions {
  /** Inside the broker a getter of what is in force now: read when needed, never copied. */
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  /** The parts' children of `logger`; made anew where whoever starts the core needs none. */
  readonly loggers?: Loggers
}

export interface BrokerCore {
  readonly services: BrokerServices
  readonly storage: LocalStorageEngine
  /** Ends timers and parked requests, flushes, and marks the shutdown as clean. */
  close(): Promise<void>
  /** Ends as a crash would: the next start recovers. */
  abandon(): void
}

/**
 * Opens the data directory and replays metadata and groups.
 * @throws StartupRefused: the data directory cannot be used.
 */
export async function openBrokerCore(
  started: BrokerOptions,
  onBug: (error: unknown) => void,
): Promise<BrokerCore> {
  const live = new LiveConfig(started.config)
  const options = withLiveConfig(started, live)
  const directories = new ReplicaDirectories()
  const storage = openStorage(options, directories, onBug)
  try {
    const catalog = await openCatalogOn(storage, ofPart(options, 'ottla.catalog'), onBug)
    updateConfig(live, catalog, options.logger)
    await addScramUsers(catalog, options.config.ottlaScramCredentials, options.random)
    for (const topic of catalog.topics()) createPartitions(storage, topic, 0, options.config)
    storage.setAsideStrays()
    directories.follow({ catalog, clock: options.clock, logger: options.logger, onBug })
    const sharing = createSharing(storage, catalog, ofPart(options, 'ottla.share'), onBug)
    const groups = createGroups(sharing, catalog, ofPart(options, 'ottla.groups'), onBug)
    const producerIds = new ProducerIds(catalog)
    const known = { storage, catalog, groups, producerIds, ...sharing.services }
    const transactionOptions = ofPart(options, 'ottla.transactions')
    const parts = { ...known, transactions: createTransactions(known, transactionOptions, onBug) }
    follow({ ...parts, live }, options)
    await parts.shareStates.load()
    await groups.load()
    await parts.transactions.load()
    const { clock } = options
    const logger = options.loggers.of('ottla.security')
    const intervalMs = () => options.config.delegationTokenExpiryCheckIntervalMs
    const endTokenSweeps = sweepTokensRegularly({ catalog, intervalMs, clock, logger })
    return {
      services: servicesOf(parts, options),
      storage,
      close: async () => {
        endTokenSweeps()
        directories.close()
        parts.transactions.close()
        groups.close()
        parts.shareStates.close()
        try {
          await sayGoodbye(catalog, options.logger)
          await catalog.close()
        } finally {
          await storage.close()
        }
      },
      abandon: () => {
        directories.close()
        storage.abandon()
      },
    }
  } catch (error) {
    storage.abandon()
    throw error
  }
}

/** The log of metadata may be offline: then the stop is not recorded, and all else is closed in order. */
async function sayGoodbye(catalog: Catalog, logger: Logger): Promise<void> {
  try {
    await fenceBroker(catalog)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    logger.warn({ reason: error.message }, 'the stop could not be recorded in the metadata')
  }
}

function openStorage(
  options: CoreOptions,
  directories: ReplicaDirectories,
  onBug: (error: unknown) => void,
): LocalStorageEngine {
  const storageOptions: LocalStorageOptions = {
    ...ofPart(options, 'ottla.storage'),
    onPlaced: ({ topicId, partition }, directoryId) =>
      directories.note({ topicId, partition, directoryId }),
    get config() {
      return options.config
    },
  }
  return LocalStorageEngine.open(storageOptions, onBug)
}

/** With what the parts of the core share. */
interface CoreOptions extends BrokerOptions {
  readonly instruments: Instruments
  readonly loggers: Loggers
}

/** The options with the logger of a part, which does not say the same for each of many requests. */
function ofPart(options: CoreOptions, name: PartName): CoreOptions {
  const { clock, loggers } = options
  return {
    ...options,
    logger: limitRepeats(loggers.of(name), () => clock.monotonicMs()),
    get config() {
      return options.config
    },
  }
}

function withLiveConfig(options: BrokerOptions, live: LiveConfig): CoreOptions {
  return {
    ...options,
    instruments: new Instruments(),
    loggers: options.loggers ?? new Loggers(options.logger),
    get config() {
      return live.current
    },
  }
}

/** Puts what the catalog holds for this broker and for all brokers into force. */
function updateConfig(live: LiveConfig, catalog: Catalog, logger: Logger): void {
  const broker = catalog.configs('broker', String(catalog.nodeId))
  const leftOut = live.update({ broker, cluster: catalog.configs('broker', '') })
  if (leftOut.length === 0) return
  logger.warn({ keys: leftOut }, 'dynamic configs do not fit the configuration, left out')
}

function openCatalogOn(
  storage: LocalStorageEngine,
  options: BrokerOptions,
  onBug: (error: unknown) => void,
): Promise<Catalog> {
  const { config, clock, random, logger } = options
  const log = storage.metadataLog()
  const rules = {
    recordBytesMax: config.metadataLogMaxRecordBytesBetweenSnapshots,
    intervalMs: config.metadataLogMaxSnapshotIntervalMs,
  }
  return openCatalog({
    log,
    snapshots: { store: storage.metadataSnapshots(), rules, onBug },
    clusterId: storage.clusterId,
    nodeId: config.nodeId,
    rack: config.brokerRack,
    directoryIds: storage.directoryIds,
    endpoints: config.listeners.map(({ name, hosts, port, securityProtocol }) => ({
      name,
      host: hosts[0] ?? 'localhost',
      port,
      securityProtocol: securityProtocolIds[securityProtocol],
    })),
    initialConfigs: initialClusterConfigs(config),
    clock,
    random,
    logger,
  })
}

/** What share groups are served with, besides the group coordinator. */
interface Sharing {
  readonly services: Pick<BrokerServices, 'shareStates' | 'shares' | 'shareSessions'>
  readonly storage: LocalStorageEngine
  readonly topics: TopicsView
}

function createSharing(
  storage: LocalStorageEngine,
  catalog: Catalog,
  options: BrokerOptions,
  onBug: (error: unknown) => void,
): Sharing {
  const { clock, logger } = options
  const topics = topicsOf(catalog)
  const shareStates = new ShareCoordinator({
    get config() {
      return options.config
    },
    clock,
    logger,
    topic: internalTopic(shareGroupStateTopic, storage, catalog, options),
    topics,
    crash: onBug,
  })
  const shares = new SharePartitions({
    clock,
    logger,
    states: shareStates,
    rules: (groupId) => shareRecordRulesOf(options.config, catalog.configs('group', groupId)),
    crash: onBug,
  })
  const shareSessions = new ShareSessions({
    sessionsMax: () => options.config.groupShareMaxShareSessions,
    onEnd: (groupId, memberId) => shares.releaseMember(groupId, memberId),
    onGroupIdle: (groupId) => shares.closeAll((key) => key.groupId === groupId),
  })
  return { services: { shareStates, shares, shareSessions }, storage, topics }
}

function createGroups(
  { services, storage, topics }: Sharing,
  catalog: Catalog,
  options: CoreOptions,
  onBug: (error: unknown) => void,
): GroupCoordinator {
  const { clock, random, logger, instruments } = options
  const topic = internalTopic(groupMetadataTopic, storage, catalog, options)
  return new GroupCoordinator({
    get config() {
      return options.config
    },
    clock,
    random,
    logger,
    topic,
    topics,
    shareStates: services.shareStates,
    onShareMemberFenced: (groupId, memberId) => services.shareSessions.end(groupId, memberId),
    onShareOffsetsChanged: (groupId) => services.shares.closeAll((key) => key.groupId === groupId),
    instruments,
    groupConfigs: (groupId) => catalog.configs('group', groupId),
    crash: onBug,
    afterTurn: (run) => void setImmediate(run),
  })
}

function internalTopic(
  name: string,
  storage: LocalStorageEngine,
  catalog: Catalog,
  options: BrokerOptions,
): InternalTopic {
  const ensure = () => {
    const { config, random } = options
    return ensureInternalTopic(catalog, name, { config, random })
  }
  return {
    ensure: () => chain(ensure(), () => undefined),
    partitionCount: () => catalog.topic(name)?.partitions.length ?? 0,
    store: (partition) => storage.partition(name, partition),
  }
}

/** What requests and the catalog's changes reach. */
interface Parts extends Pick<BrokerServices, 'shareStates' | 'shares' | 'shareSessions'> {
  readonly storage: LocalStorageEngine
  readonly catalog: Catalog
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly transactions: TransactionCoordinator
}

function createTransactions(
  parts: Omit<Parts, 'transactions'>,
  options: BrokerOptions,
  onBug: (error: unknown) => void,
): TransactionCoordinator {
  const { storage, catalog, groups, producerIds } = parts
  const { clock, logger } = options
  return new TransactionCoordinator({
    get config() {
      return options.config
    },
    clock,
    logger,
    topic: internalTopic(transactionStateTopic, storage, catalog, options),
    markers: new LocalMarkers({
      clock,
      storage,
      offsets: groups,
      offsetsTopic: groupMetadataTopic,
    }),
    nextProducerId: () => producerIds.next(),
    seenEpochs: () => storage.producerEpochs(),
    serverVersion: () => catalog.features.get(transactionVersionFeature) ?? 0,
    crash: onBug,
  })
}

/** The catalog as consumer groups see it: names, ids, partition counts, and when they changed. */
function topicsOf(catalog: Catalog): TopicsView {
  let lastCreation = catalog.lastOffset
  catalog.subscribe({
    topicCreated: () => {
      lastCreation = catalog.lastOffset
    },
  })
  const info = (topic: TopicImage | undefined) =>
    topic && { id: topic.id, name: topic.name, partitionCount: topic.partitions.length }
  return {
    get version() {
      return catalog.lastOffset
    },
    get lastCreation() {
      return lastCreation
    },
    byName: (name) => info(catalog.topic(name)),
    byId: (id) => info(catalog.topicById(toTopicId(id))),
    names: function* () {
      for (const { name } of catalog.topics()) yield name
    },
  }
}

function servicesOf(parts: Parts, options: CoreOptions): BrokerServices {
  const { clock, disk, random, loggers } = options
  const slotsMax = options.config.maxIncrementalFetchSessionCacheSlots
  return {
    ...parts,
    get config() {
      return options.config
    },
    clock,
    random,
    logger: loggers.of('ottla.requests'),
    loggers,
    instruments: options.instruments,
    fetchSessions: new FetchSessions({ slotsMax, random }),
    quotas: liveClientQuotas(parts.catalog, options),
    telemetry: new ClientTelemetry(parts.catalog, options),
    tlsProblem: ({ listeners }) =>
      tlsChangeProblem(options.config.listeners, listeners, (path) => disk.readFile(path)),
    ...createAuthorization(parts.catalog, ofPart(options, 'ottla.security')),
  }
}

/** Without an authorizer everybody may do everything, at no cost. */
function createAuthorization(
  catalog: Catalog,
  options: BrokerOptions,
): Pick<BrokerServices, 'hasAuthorizer' | 'authorize' | 'authorizeSome'> {
  const { config, logger } = options
  if (config.authorizerClassName === 'none') {
    return { hasAuthorizer: false, authorize: () => true, authorizeSome: () => true }
  }
  const { superUsers, allowEveryoneIfNoAclFound: allowIfNoAcl } = config
  const authorizer = new Authorizer(catalog.acls.all(), { superUsers, allowIfNoAcl, logger })
  const { aclCount } = authorizer
  if (superUsers.size === 0 && aclCount === 0 && !allowIfNoAcl) {
    const remedy = 'name a principal in super.users, who can then make access rules'
    logger.warn({ remedy }, 'there are no access rules and no super users: nobody may do anything')
  }
  catalog.subscribe({
    aclAdded: (acl) => authorizer.add(acl),
    aclRemoved: (acl) => authorizer.remove(acl),
  })
  return {
    hasAuthorizer: true,
    authorize: ({ connection }, operation, type, name, purpose) =>
      authorizer.authorize(connection, operation, type, name, purpose === 'probe'),
    authorizeSome: ({ connection }, operation, type) =>
      authorizer.authorizeSome(connection, operation, type),
  }
}

function createPartitions(
  storage: LocalStorageEngine,
  topic: TopicImage,
  firstPartition: number,
  config: BrokerConfig,
): void {
  const topicConfig = resolveTopicConfig(topic.configs, config)
  for (const { partition, leaderEpoch } of topic.partitions.slice(firstPartition)) {
    const spec = { topic: topic.name, partition, topicId: topic.id, leaderEpoch }
    storage.createPartition(spec, topicConfig)
  }
}

/** Storage, coordinators and configuration follow what the catalog decides. */
function follow(
  parts: Parts & { readonly live: LiveConfig },
  { logger, instruments }: CoreOptions,
): void {
  const { catalog, storage, groups, transactions, live } = parts
  const configure = (topic: TopicImage): void =>
    storage.configure(topic.name, resolveTopicConfig(topic.configs, live.current))
  catalog.subscribe({
    topicCreated: (topic) => createPartitions(storage, topic, 0, live.current),
    partitionsAdded: (topic, first) => createPartitions(storage, topic, first, live.current),
    topicDeleted: (topic) => {
      storage.deleteTopic(topic.name)
      parts.shares.closeAll((key) => key.topicId === topic.id)
      instruments.topics.forget(topic.name)
      groups.onTopicDeleted(topic.name)
      groups.share.onTopicDeleted(topic.id)
      parts.shareStates.onTopicDeleted(topic)
      transactions.onTopicDeleted(topic.name)
    },
    topicConfigChanged: configure,
    brokerConfigChanged: (name) => {
      if (name !== '' && name !== String(catalog.nodeId)) return
      updateConfig(live, catalog, logger)
      for (const topic of catalog.topics()) configure(topic)
    },
  })
}
