// A broker for handler tests: a real catalog on a log in memory, partitions that are numbers only.
import type { Catalog } from '../../src/catalog/catalog.ts'
import { openCatalog } from '../../src/catalog/open.ts'
import { ProducerIds } from '../../src/catalog/producer-ids.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import type { BrokerConfig } from '../../src/config/broker-config.ts'
import { initialClusterConfigs } from '../../src/config/describe.ts'
import { TransactionCoordinator } from '../../src/coordinators/transaction-coordinator.ts'
import type { BrokerServices, HandlerResult, RequestContext } from '../../src/handlers/context.ts'
import type { Clock } from '../../src/io/clock.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { Loggers } from '../../src/io/loggers.ts'
import { ClientQuotas } from '../../src/security/client-quotas.ts'
import type { PartitionStore, StorageEngine } from '../../src/storage/engine.ts'
import { ClientTelemetry } from '../../src/telemetry/client-telemetry.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { toOffset } from '../../src/base/brands.ts'
import { MemoryMetadataLog } from './memory-metadata-log.ts'
import { MemoryPartitionStore } from './memory-partition-store.ts'

export interface AdminBroker {
  readonly services: BrokerServices
  readonly catalog: Catalog
  readonly log: MemoryMetadataLog
  /** `operation type name` that authorize refuses; `*` as name refuses all. */
  readonly denied: Set<string>
  /** `topic-partition` whose disk failed. */
  readonly offline: Set<string>
  /** A request's context in the given version. */
  context(apiVersion: number): RequestContext
}

export async function createAdminBroker(
  overrides: Record<string, string> = {},
): Promise<AdminBroker> {
  const config = brokerConfigWith({ 'offsets.topic.num.partitions': '2', ...overrides })
  let calls = 0
  const random = { bytes: (count: number) => Buffer.alloc(count, ++calls) }
  const clock = { nowMs: () => 1000, monotonicMs: () => 0, after: () => () => undefined }
  const log = new MemoryMetadataLog()
  const catalog = await openCatalog({
    log,
    clusterId: 'anVEaUvbTISJZxzwk-4slA',
    nodeId: config.nodeId,
    rack: null,
    directoryIds: ['yZc-Tb1eSB65A4eGrMSmIw'],
    endpoints: [],
    initialConfigs: initialClusterConfigs(config),
    clock,
    random,
    logger: silentLogger,
  })
  const windows = { sampleCount: 11, sampleMs: 1000 }
  const producerIds = new ProducerIds(catalog)
  const denied = new Set<string>()
  const offline = new Set<string>()
  const transactions = await createTransactions(config, clock, producerIds)
  const services = {
    config,
    clock,
    random,
    logger: silentLogger,
    loggers: new Loggers(silentLogger),
    catalog,
    storage: fakeStorage(catalog, offline),
    producerIds,
    quotas: new ClientQuotas({ windows, controllerWindows: windows, nowMs: () => 0 }),
    telemetry: new ClientTelemetry(catalog, { config, clock, random, logger: silentLogger }),
    transactions,
    hasAuthorizer: false,
    authorizeSome: () => denied.size === 0,
    authorize: (_context, operation, type, name) =>
      !denied.has(`${operation} ${type} ${name}`) && !denied.has(`${operation} ${type} *`),
  } satisfies Partial<BrokerServices> as unknown as BrokerServices
  return { services, catalog, log, denied, offline, context: requestContext }
}

/** Transactions whose state is in memory, and whose markers go nowhere. */
async function createTransactions(
  config: BrokerConfig,
  clock: Clock,
  producerIds: ProducerIds,
): Promise<TransactionCoordinator> {
  const store = new MemoryPartitionStore('__transaction_state', 0)
  const transactions = new TransactionCoordinator({
    config,
    clock,
    logger: silentLogger,
    topic: { ensure: () => undefined, partitionCount: () => 1, store: () => store },
    markers: { write: () => 'NONE' },
    nextProducerId: () => producerIds.next(),
    seenEpochs: () => new Map(),
    serverVersion: () => 2,
    crash: (cause) => {
      throw cause
    },
  })
  await transactions.load()
  return transactions
}

function requestContext(apiVersion: number): RequestContext {
  return {
    apiKey: 0,
    apiVersion,
    correlationId: 1,
    clientId: 'test',
    nowMs: 1000,
    requestBytes: 100,
    connection: {
      connectionId: 1,
      listenerName: 'PLAINTEXT',
      clientAddress: '127.0.0.1',
      clientPort: 50_000,
      principal: 'User:ANONYMOUS',
      byToken: false,
      securityProtocol: 'PLAINTEXT',
      sendsFiles: false,
      advertised: { host: 'here', port: 19092 },
      clientSoftwareName: '',
      clientSoftwareVersion: '',
      fetchPace: null,
      mute: () => undefined,
      onClose: () => () => undefined,
      onDrain: () => () => undefined,
    },
  }
}

const highWatermark = 5

/** Every partition of the catalog with five records in epoch 0. */
function fakeStorage(catalog: Catalog, offline: ReadonlySet<string>): StorageEngine {
  const partition = (topic: string, number: number): PartitionStore | undefined => {
    const image = catalog.topic(topic)?.partitions[number]
    if (image === undefined) return undefined
    return {
      leaderEpoch: image.leaderEpoch,
      online: !offline.has(`${topic}-${number}`),
      endOffsetForEpoch: (leaderEpoch: number) =>
        leaderEpoch === 0
          ? { leaderEpoch, endOffset: highWatermark }
          : { leaderEpoch: -1, endOffset: -1 },
      deleteRecordsBefore: (offset: number) => {
        if (offset > highWatermark) throw new KafkaError('OFFSET_OUT_OF_RANGE', String(offset))
        const to = toOffset(offset === -1 ? highWatermark : offset)
        return topic === 'slow' ? Promise.resolve(to) : to
      },
    } satisfies Partial<PartitionStore> as unknown as PartitionStore
  }
  return { partition } satisfies Partial<StorageEngine> as unknown as StorageEngine
}

/** The answer, which these handlers always have. */
export async function answerOf<T>(
  result: HandlerResult<T> | Promise<HandlerResult<T>>,
): Promise<T> {
  const settled = await result
  if (typeof settled === 'symbol') throw new Error(`no answer: ${String(settled)}`)
  return settled
}
