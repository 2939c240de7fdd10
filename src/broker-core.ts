// The broker without its sockets: storage, catalog and groups, opened in order and wired together. Tests run
// it on simulated time and disk; broker.ts puts the network in front.
import { chain } from './base/maybe-promise.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { TopicImage } from './catalog/image.ts'
import { fenceBroker, openCatalog } from './catalog/open.ts'
import { ProducerIds } from './catalog/producer-ids.ts'
import { ensureInternalTopic } from './catalog/topic-creation.ts'
import { groupMetadataTopic } from './catalog/topic-names.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { initialClusterConfigs } from './config/describe.ts'
import { resolveTopicConfig } from './config/topic-config.ts'
import { GroupCoordinator } from './coordinators/group-coordinator.ts'
import type { BrokerServices } from './handlers/context.ts'
import { FetchSessions } from './handlers/fetch-session.ts'
import type { Clock } from './io/clock.ts'
import type { Disk } from './io/disk.ts'
import type { Logger } from './io/logger.ts'
import type { Random } from './io/random.ts'
import { LocalStorageEngine } from './storage/local.ts'

/** The outside world and the settings that a broker runs with. */
export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
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
  options: BrokerOptions,
  onBug: (error: unknown) => void,
): Promise<BrokerCore> {
  const storage = LocalStorageEngine.open(options)
  try {
    const catalog = await openCatalogOn(storage, options)
    for (const topic of catalog.topics()) createPartitions(storage, topic, 0, options.config)
    storage.setAsideStrays()
    const groups = createGroups(storage, catalog, options, onBug)
    follow(catalog, storage, groups, options.config)
    await groups.load()
    return {
      services: servicesOf(storage, catalog, groups, options),
      storage,
      close: async () => {
        groups.close()
        try {
          await fenceBroker(catalog)
        } finally {
          await storage.close()
        }
      },
      abandon: () => storage.abandon(),
    }
  } catch (error) {
    storage.abandon()
    throw error
  }
}

function openCatalogOn(storage: LocalStorageEngine, options: BrokerOptions): Promise<Catalog> {
  const { config, clock, random, logger } = options
  return openCatalog({
    log: storage.metadataLog(),
    clusterId: storage.clusterId,
    nodeId: config.nodeId,
    rack: config.brokerRack,
    directoryIds: storage.directoryIds,
    endpoints: config.listeners.map(({ name, hosts, port }) => ({
      name,
      host: hosts[0] ?? 'localhost',
      port,
    })),
    initialConfigs: initialClusterConfigs(config),
    clock,
    random,
    logger,
  })
}

function createGroups(
  storage: LocalStorageEngine,
  catalog: Catalog,
  options: BrokerOptions,
  onBug: (error: unknown) => void,
): GroupCoordinator {
  const { config, clock, random, logger } = options
  const ensure = () => ensureInternalTopic(catalog, groupMetadataTopic, { config, random })
  return new GroupCoordinator({
    config,
    clock,
    random,
    logger,
    topic: {
      ensure: () => chain(ensure(), () => undefined),
      partitionCount: () => catalog.topic(groupMetadataTopic)?.partitions.length ?? 0,
      store: (partition) => storage.partition(groupMetadataTopic, partition),
    },
    crash: onBug,
  })
}

function servicesOf(
  storage: LocalStorageEngine,
  catalog: Catalog,
  groups: GroupCoordinator,
  options: BrokerOptions,
): BrokerServices {
  const { config, clock, random, logger } = options
  const slotsMax = config.maxIncrementalFetchSessionCacheSlots
  return {
    config,
    clock,
    random,
    logger,
    catalog,
    storage,
    groups,
    producerIds: new ProducerIds(catalog),
    fetchSessions: new FetchSessions({ slotsMax, random }),
    authorize: () => true,
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

/** Storage and groups follow what the catalog decides. */
function follow(
  catalog: Catalog,
  storage: LocalStorageEngine,
  groups: GroupCoordinator,
  config: BrokerConfig,
): void {
  catalog.subscribe({
    topicCreated: (topic) => createPartitions(storage, topic, 0, config),
    partitionsAdded: (topic, first) => createPartitions(storage, topic, first, config),
    topicDeleted: (topic) => {
      storage.deleteTopic(topic.name)
      groups.onTopicDeleted(topic.name)
    },
    topicConfigChanged: (topic) =>
      storage.configure(topic.name, resolveTopicConfig(topic.configs, config)),
  })
}
