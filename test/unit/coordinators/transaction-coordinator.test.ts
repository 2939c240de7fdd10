// The coordinator of transactions on simulated time and a log in memory: what it does when markers,
// records or producer ids have to be waited for, and what it does by itself.
import { beforeEach, describe, expect, test } from 'vitest'
import type { ErrorName } from '../../../protocol/errors.ts'
import type { MaybePromise } from '../../../src/base/maybe-promise.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import type { TransactionMarker } from '../../../src/coordinators/transaction-markers.ts'
import { TransactionCoordinator } from '../../../src/coordinators/transaction-coordinator.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'
import { MemoryPartitionStore } from '../../support/memory-partition-store.ts'

class World {
  readonly clock: SimClock
  readonly store: MemoryPartitionStore
  readonly transactions: TransactionCoordinator
  readonly markers: (TransactionMarker & { readonly place: string })[] = []
  /** What the next markers are answered; empty: NONE. */
  readonly markerAnswers: MaybePromise<ErrorName>[] = []
  readonly bugs: unknown[] = []
  /** By producer id: what partitions have seen. */
  readonly seenEpochs = new Map<number, number>()
  #nextProducerId = 100

  constructor(clock = new SimClock(), store = new MemoryPartitionStore('__transaction_state', 0)) {
    this.clock = clock
    this.store = store
    this.transactions = new TransactionCoordinator({
      config: brokerConfigWith({
        'transactional.id.expiration.ms': '3600000',
        // The time between the phases, in which most of what is told here happens.
        'ottla.transaction.completion.delay.ms': '10',
      }),
      clock,
      logger: silentLogger,
      topic: { ensure: () => undefined, partitionCount: () => 1, store: () => store },
      markers: {
        write: (topic, partition, marker) => {
          this.markers.push({ ...marker, place: `${topic}-${partition}` })
          return this.markerAnswers.shift() ?? 'NONE'
        },
      },
      nextProducerId: () => this.#nextProducerId++,
      seenEpochs: () => this.seenEpochs,
      serverVersion: () => 2,
      crash: (cause) => this.bugs.push(cause),
    })
  }

  static async create(): Promise<World> {
    const world = new World()
    await world.transactions.load()
    return world
  }

  /** What the next process finds. */
  async restarted(seenEpochs: readonly (readonly [number, number])[] = []): Promise<World> {
    this.transactions.close()
    const next = new World(this.clock, this.store)
    for (const [producerId, epoch] of seenEpochs) next.seenEpochs.set(producerId, epoch)
    await next.transactions.load()
    return next
  }

  init(transactionalId = 't', timeoutMs = 60_000) {
    return this.transactions.initProducerId({ transactionalId, timeoutMs, expected: null })
  }

  add(epoch: number, clientVersion = 0) {
    const partitions = new Map([['orders', new Set([0, 1])]])
    const request = { transactionalId: 't', producerId: 100, producerEpoch: epoch }
    return this.transactions.addPartitions({ ...request, partitions, clientVersion })
  }

  end(epoch: number, commit: boolean, clientVersion = 0) {
    const request = { transactionalId: 't', producerId: 100, producerEpoch: epoch }
    return this.transactions.endTransaction({ ...request, commit, clientVersion })
  }

  get status(): string {
    const state = this.transactions.describe('t')
    return typeof state === 'string' ? state : state.status
  }
}

let world: World

beforeEach(async () => {
  world = await World.create()
  void world.init()
})

describe('markers', () => {
  test('go to every partition, and the id is free once they are there', () => {
    void world.add(0)
    void world.end(0, true)
    expect(world.markers.map(({ place, isCommit }) => [place, isCommit])).toEqual([
      ['orders-0', true],
      ['orders-1', true],
    ])
    expect(world.status).toBe('PrepareCommit')
    world.clock.advance(10)
    expect(world.status).toBe('CompleteCommit')
  })

  test('that a disk refuses are tried again, and only those', () => {
    void world.add(0)
    world.markerAnswers.push('KAFKA_STORAGE_ERROR', 'NONE', 'KAFKA_STORAGE_ERROR')
    void world.end(0, false)
    world.clock.advance(1000)
    expect(world.status).toBe('PrepareAbort')
    world.clock.advance(1010)
    const places = world.markers.map(({ place }) => place)
    expect(places).toEqual(['orders-0', 'orders-1', 'orders-0', 'orders-0'])
    expect(world.status).toBe('CompleteAbort')
  })

  test('are not missed by a topic that is gone, nor by a log that knows a newer epoch', () => {
    void world.add(0)
    world.markerAnswers.push('UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_PRODUCER_EPOCH')
    void world.end(0, true)
    world.clock.advance(10)
    expect(world.status).toBe('CompleteCommit')
  })

  test('that the last process did not write are written at the start', async () => {
    void world.add(0)
    world.markerAnswers.push('KAFKA_STORAGE_ERROR')
    void world.end(0, true)
    const next = await world.restarted()
    expect(next.markers.map(({ place }) => place)).toEqual(['orders-0', 'orders-1'])
    expect(next.status).toBe('CompleteCommit')
    expect(world.clock.timerCount).toBe(2)
  })
})

describe('a client whose epoch grows and who is quick', () => {
  test('waits for the end of its last transaction', async () => {
    void world.add(0, 2)
    let stored: (error: ErrorName) => void = () => undefined
    const marked = new Promise<ErrorName>((resolve) => {
      stored = resolve
    })
    world.markerAnswers.push(marked)
    expect(world.end(0, true, 2)).toMatchObject({ error: 'NONE', producerEpoch: 1 })
    const added = world.add(1, 2)
    expect(world.status).toBe('PrepareCommit')
    stored('NONE')
    await marked
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    world.clock.advance(10)
    expect(await added).toBe('NONE')
    expect(world.status).toBe('Ongoing')
  })

  test('does not wait for ever', async () => {
    void world.add(0, 2)
    world.markerAnswers.push('KAFKA_STORAGE_ERROR')
    void world.end(0, true, 2)
    const added = world.add(1, 2)
    world.clock.advance(100)
    expect(await added).toBe('CONCURRENT_TRANSACTIONS')
  })
})

describe('what cannot be stored', () => {
  test('is refused and changes nothing', () => {
    world.store.refuseWith = 'KAFKA_STORAGE_ERROR'
    expect(world.add(0)).toBe('NOT_COORDINATOR')
    expect(world.init()).toMatchObject({ error: 'NOT_COORDINATOR', producerId: -1 })
    expect(world.status).toBe('Empty')
    world.store.refuseWith = null
    void world.add(0)
    world.store.refuseWith = 'KAFKA_STORAGE_ERROR'
    expect(world.end(0, true)).toMatchObject({ error: 'NOT_COORDINATOR' })
    expect([world.status, world.markers]).toEqual(['Ongoing', []])
  })

  test('is tried again where nobody waits: the end of what has its markers', () => {
    void world.add(0)
    void world.end(0, true)
    world.store.refuseWith = 'KAFKA_STORAGE_ERROR'
    world.clock.advance(10)
    expect(world.status).toBe('PrepareCommit')
    world.store.refuseWith = null
    world.clock.advance(1000)
    expect(world.status).toBe('CompleteCommit')
    expect(world.markers).toHaveLength(2)
  })

  test('requests of one id wait for each other while records are on their way', async () => {
    world.store.later = true
    const [added, ended] = [world.add(0), world.end(0, true)]
    await world.store.settleAppends()
    expect([await added, await ended]).toMatchObject(['NONE', { error: 'NONE' }])
    expect(world.bugs).toEqual([])
  })
})

describe('time', () => {
  test('aborts what is open for longer than its producer asked for, also after a restart', async () => {
    void world.init('t', 5000)
    void world.add(1)
    const next = await world.restarted()
    next.clock.advance(10_000)
    expect(next.transactions.describe('t')).toMatchObject({
      status: 'PrepareAbort',
      producerEpoch: 2,
    })
    next.clock.advance(10)
    expect(next.status).toBe('CompleteAbort')
  })

  test('forgets ids that are idle, and no others', async () => {
    void world.init('other')
    world.clock.advance(3_000_000)
    void world.init('other')
    world.clock.advance(600_000)
    expect(world.status).toBe('TRANSACTIONAL_ID_NOT_FOUND')
    expect(world.transactions.describe('other')).toMatchObject({ status: 'Empty' })
    expect((await world.restarted()).status).toBe('TRANSACTIONAL_ID_NOT_FOUND')
  })
})

test('an id whose epochs are used up goes on with another producer id', () => {
  for (let epoch = 0; epoch < 32_766; epoch++) void world.init()
  expect(world.transactions.describe('t')).toMatchObject({ producerEpoch: 32_766 })
  void world.add(32_766, 2)
  expect(world.end(32_766, true, 2)).toEqual({ error: 'NONE', producerId: 101, producerEpoch: 0 })
  expect(world.markers[0]).toMatchObject({ producerId: 100, producerEpoch: 32_767 })
  world.clock.advance(10)
  expect(world.end(32_766, true, 2)).toEqual({ error: 'NONE', producerId: 101, producerEpoch: 0 })
})

test('a coordinator that is closed answers nobody, and leaves no timers behind', () => {
  void world.add(0)
  void world.end(0, true)
  world.transactions.close()
  expect(world.add(0)).toBe('COORDINATOR_NOT_AVAILABLE')
  expect(world.transactions.list(everything).error).toBe('COORDINATOR_NOT_AVAILABLE')
  expect(world.clock.timerCount).toBe(0)
})

const everything = { producerIds: new Set<number>(), statuses: null, durationMs: -1, matches: null }

test('an epoch that power loss made forgotten is not given away again', async () => {
  const world = await World.create()
  const first = await world.init()
  expect(first).toMatchObject({ error: 'NONE', producerId: 100, producerEpoch: 0 })
  // A partition has batches of epoch 2, and the coordinator knows of 0.
  const next = await world.restarted([[100, 2]])
  expect(await next.init()).toMatchObject({ error: 'NONE', producerId: 100, producerEpoch: 4 })
  const unharmed = await world.restarted([[100, 0]])
  expect(await unharmed.init()).toMatchObject({ producerId: 100, producerEpoch: 5 })
})
