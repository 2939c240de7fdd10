// Opens the catalog at start: replays the journal, writes the first records of a new cluster, takes
// over partitions without a leader and registers this broker, as a KRaft controller and broker do.
import { assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { StartupRefused } from '../base/startup-refused.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { randomKafkaUuid } from '../io/random.ts'
import type { Random } from '../io/random.ts'
import { Catalog } from './catalog.ts'
import { controlKey, firstRaftState, leaderChangeControl } from './control-records.ts'
import {
  featureProblem,
  features,
  kraftVersionFeature,
  metadataVersionFeature,
} from './features.ts'
import { MetadataImage } from './image.ts'
import { Journal } from './journal.ts'
import type { MetadataLog } from './journal.ts'
import { decodeMetadataRecord } from './record-frame.ts'
import { configRecord, featureLevelRecord, leaderChangeRecord } from './records.ts'
import type { MetadataRecord } from './records.ts'
import { decodeSnapshot } from './snapshot.ts'
import type { SnapshotOptions } from './snapshots.ts'

/** A listener as the broker's registration names it. */
export interface RegisteredEndpoint {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Kafka's number of the security protocol. */
  readonly securityProtocol: number
}

export interface CatalogOptions {
  readonly log: MetadataLog
  readonly clusterId: string
  readonly nodeId: number
  readonly rack: string | null
  /** directory.id of every log directory (meta.properties), the metadata log's own first. */
  readonly directoryIds: readonly string[]
  readonly endpoints: readonly RegisteredEndpoint[]
  /** Cluster-wide configs that a new cluster begins with (config: initialClusterConfigs). */
  readonly initialConfigs: ReadonlyMap<string, string>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Where snapshots are, and when they are taken. Without: the log alone tells what is. */
  readonly snapshots?: SnapshotOptions
}

/**
 * The catalog as the log says, ready to serve; subscribe and read `topics()` afterwards.
 * @throws StartupRefused when the log declares feature levels that this broker does not understand.
 */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const journal = new Journal(options.log, options, { snapshots: options.snapshots })
  const image = new MetadataImage()
  await journal.replay((record) => image.apply(record))
  if (image.features.size === 0) await beginCluster(journal, image, options)
  for (const [name, level] of image.features) {
    const problem = featureProblem(name, level)
    if (problem !== null) throw new StartupRefused(2, problem)
  }
  const catalog = new Catalog(options, journal, image)
  if (image.features.size === 0) await catalog.commit(firstRecords(options.initialConfigs))
  await catalog.commit([registration(options, journal.lastOffset + 1)])
  await catalog.commit(leaderTakeovers(image, options.nodeId))
  assert(catalog.registration !== undefined, 'a catalog that serves has registered its broker')
  assert(catalog.features.has(metadataVersionFeature), 'a cluster declares its metadata.version')
  return catalog
}

/**
 * Says that this broker is gone: for a clean stop, so that an Apache Kafka that starts on the
 * directory need not wait for the old registration's session to end.
 */
export function fenceBroker(catalog: Catalog): MaybePromise<void> {
  const { registration } = catalog
  if (registration === undefined) return
  const { brokerId, brokerEpoch } = registration
  const change = { brokerId, brokerEpoch, fenced: 1, inControlledShutdown: 0 }
  const data = { ...change, logDirs: [], cordonedLogDirs: null }
  return catalog.commit([{ type: 'BrokerRegistrationChange', data }])
}

/**
 * The first records of a cluster: who leads and votes, and what kafka-storage has left for it. A
 * directory that it formatted without a voter in its first snapshot gets none: there the
 * configuration names the voters.
 */
async function beginCluster(
  journal: Journal,
  image: MetadataImage,
  options: CatalogOptions,
): Promise<void> {
  const bytes = options.snapshots?.store.readBootstrap() ?? null
  const bootstrap = bytes === null ? null : await decodeSnapshot(bytes)
  if (bootstrap === undefined) {
    throw new StartupRefused(2, 'bootstrap.checkpoint is damaged: format the directory again')
  }
  if (journal.isEmpty) {
    const nowMs = options.clock.nowMs()
    const isNew = bootstrap === null && journal.raftState.size === 0
    const control = [leaderChangeControl(options, nowMs)]
    for (const [type, value] of isNew ? firstRaftState(options) : journal.raftState) {
      control.push({ timestamp: nowMs, key: controlKey(type), value })
    }
    await journal.appendControl(control)
  }
  if (bootstrap === null || bootstrap.values.length === 0) return
  await journal.appendValues(bootstrap.values)
  for (const value of bootstrap.values) {
    const record = decodeMetadataRecord(value)
    if (record.type !== 'Unsupported') image.apply(record)
  }
}

/** Feature levels and configs that a new cluster begins with. */
function firstRecords(initialConfigs: ReadonlyMap<string, string>): MetadataRecord[] {
  const records = features
    .filter((feature) => feature.initial > 0 && feature.name !== kraftVersionFeature)
    .map((feature) => featureLevelRecord(feature.name, feature.initial))
  for (const [name, value] of initialConfigs) {
    records.push(configRecord('broker', '', { name, value }))
  }
  return records
}

/** Registers this process as broker; the epoch of a broker is the offset of its registration. */
function registration(options: CatalogOptions, brokerEpoch: number): MetadataRecord {
  return {
    type: 'RegisterBroker',
    data: {
      brokerId: options.nodeId,
      isMigratingZkBroker: false,
      incarnationId: randomKafkaUuid(options.random),
      brokerEpoch,
      endPoints: options.endpoints.map((endpoint) => ({ ...endpoint })),
      features: features.map((feature) => ({
        name: feature.name,
        minSupportedVersion: feature.minSupported,
        maxSupportedVersion: feature.maxSupported,
      })),
      rack: options.rack,
      fenced: false,
      inControlledShutdown: false,
      // Sorted, as Kafka keeps them: an assignment to a directory is found by binary search.
      logDirs: [...options.directoryIds].sort(),
      cordonedLogDirs: null,
    },
  }
}

/**
 * This node leads every partition that it holds: Apache Kafka leaves them without a leader when it
 * stops.
 */
function leaderTakeovers(image: MetadataImage, nodeId: number): MetadataRecord[] {
  const records: MetadataRecord[] = []
  for (const topic of image.topics()) {
    for (const { partition, leader, replicas, isr } of topic.partitions) {
      if (leader === nodeId || !replicas.includes(nodeId)) continue
      const change = { leader: nodeId, isr: isr.includes(nodeId) ? null : [nodeId] }
      records.push(leaderChangeRecord(topic.id, partition, change))
    }
  }
  return records
}
