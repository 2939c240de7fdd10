// Puts the parts together and starts and stops them in order. No logic of its own.
import { AssertionFailure } from './base/assert.ts'
import { chain } from './base/maybe-promise.ts'
import { openCatalog } from './catalog/open.ts'
import type { Catalog } from './catalog/catalog.ts'
import { groupMetadataTopic } from './catalog/topic-names.ts'
import { ensureInternalTopic } from './catalog/topic-creation.ts'
import { ProducerIds } from './catalog/producer-ids.ts'
import type { TopicImage } from './catalog/image.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { initialClusterConfigs } from './config/describe.ts'
import { resolveTopicConfig } from './config/topic-config.ts'
import { GroupCoordinator } from './coordinators/group-coordinator.ts'
import type { BrokerServices } from './handlers/context.ts'
import { FetchSessions } from './handlers/fetch-session.ts'
import { servedApis } from './handlers/index.ts'
import type { Clock } from './io/clock.ts'
import type { Disk } from './io/disk.ts'
import type { Logger } from './io/logger.ts'
import type { Random } from './io/random.ts'
import { readHostFacts } from './network/advertised.ts'
import { Dispatcher } from './network/dispatcher.ts'
import { Network } from './network/listener.ts'
import { LocalStorageEngine } from './storage/local.ts'

export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
}

interface Parts {
  readonly storage: LocalStorageEngine
  readonly groups: GroupCoordinator
  readonly network: Network
}

export class Broker {
  readonly #options: BrokerOptions
  #parts: Parts | null = null
  #fail: (error: unknown) => void = () => undefined
  /** Settles when the broker has stopped; rejects when a bug of ours stopped it. */
  readonly closed: Promise<void>
  #closed: () => void = () => undefined

  constructor(options: BrokerOptions) {
    this.#options = options
    this.closed = new Promise((resolve, reject) => {
      this.#closed = resolve
      this.#fail = reject
    })
    // Whoever does not watch `closed` still learns of a failure from the log.
    this.closed.catch(() => undefined)
  }

  /**
   * Opens the data directory, replays metadata and groups, and listens.
   * @throws StartupRefused: configuration or data directory.
   */
  async start(): Promise<{ addresses: readonly string[] }> {
    const { config, clock, disk, random, logger } = this.#options
    const storage = await LocalStorageEngine.open({ config, clock, disk, random, logger })
    try {
      const catalog = await openCatalog({
        log: storage.metadataLog(),
        clusterId: storage.clusterId,
        nodeId: config.nodeId,
        rack: config.brokerRack,
        directoryIds: storage.directoryIds,
        endpoints: config.listeners.map(({ name, hosts, port }) => ({
          name,
          host: hosts[0] ?? '',
          port,
        })),
        initialConfigs: initialClusterConfigs(config),
        clock,
        random,
        logger,
      })
      openPartitions(storage, catalog, config)
      const groups = this.#createGroups(storage, catalog)
      follow(catalog, storage, groups, config)
      await groups.load()
      const network = this.#createNetwork(storage, catalog, groups)
      this.#parts = { storage, groups, network }
      await network.listen()
      storage.startBackground()
      return { addresses: network.addresses }
    } catch (error) {
      this.#parts = null
      storage.abandon()
      throw error
    }
  }

  /** Stops accepting, answers what is in flight, flushes, and marks the shutdown as clean. */
  async stop(): Promise<void> {
    const parts = this.#parts
    this.#parts = null
    if (parts === null) return
    await parts.network.close()
    parts.groups.close()
    await parts.storage.close()
    this.#closed()
  }

  /** A bug: stops at once and without the clean-shutdown marker, so that the next start recovers. */
  #onBug(error: unknown): void {
    this.#options.logger.error(
      { error: error instanceof Error ? error.stack : String(error) },
      'the broker met a bug',
    )
    if (!(error instanceof AssertionFailure)) return
    const parts = this.#parts
    this.#parts = null
    if (parts === null) return
    parts.storage.abandon()
    void parts.network.close()
    this.#fail(error)
  }

  #createGroups(storage: LocalStorageEngine, catalog: Catalog): GroupCoordinator {
    const { config, clock, random, logger } = this.#options
    return new GroupCoordinator({
      config,
      clock,
      random,
      logger,
      topic: {
        ensure: () =>
          chain(
            ensureInternalTopic(catalog, groupMetadataTopic, { config, random }),
            () => undefined,
          ),
        partitionCount: () =>
          catalog.topic(groupMetadataTopic)?.partitions.length ?? config.offsetsTopicNumPartitions,
        store: (partition) => storage.partition(groupMetadataTopic, partition),
      },
      crash: (cause) => this.#onBug(cause),
    })
  }

  #createNetwork(storage: LocalStorageEngine, catalog: Catalog, groups: GroupCoordinator): Network {
    const { config, clock, disk, random, logger } = this.#options
    const services: BrokerServices = {
      config,
      clock,
      random,
      logger,
      catalog,
      storage,
      groups,
      producerIds: new ProducerIds(catalog),
      fetchSessions: new FetchSessions({
        slotsMax: config.maxIncrementalFetchSessionCacheSlots,
        random,
      }),
      authorize: () => true,
    }
    const processor = new Dispatcher({
      apis: servedApis,
      broker: services,
      clock,
      logger,
      onBug: (error) => this.#onBug(error),
    })
    return new Network({ config, clock, logger, host: readHostFacts(disk), processor })
  }
}

/** Opens every partition that the catalog knows; what only the disk knows is set aside. */
function openPartitions(storage: LocalStorageEngine, catalog: Catalog, config: BrokerConfig): void {
  for (const topic of catalog.topics()) createPartitions(storage, topic, 0, config)
  storage.setAsideStrays()
}

function createPartitions(
  storage: LocalStorageEngine,
  topic: TopicImage,
  first: number,
  config: BrokerConfig,
): void {
  const topicConfig = resolveTopicConfig(topic.configs, config)
  for (const { partition, leaderEpoch } of topic.partitions.slice(first)) {
    storage.createPartition(
      { topic: topic.name, partition, topicId: topic.id, leaderEpoch },
      topicConfig,
    )
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
    partitionsAdded: (topic, firstPartition) =>
      createPartitions(storage, topic, firstPartition, config),
    topicDeleted: (topic) => {
      storage.deleteTopic(topic.name)
      groups.onTopicDeleted(topic.name)
    },
    topicConfigChanged: (topic) =>
      storage.configure(topic.name, resolveTopicConfig(topic.configs, config)),
  })
}
