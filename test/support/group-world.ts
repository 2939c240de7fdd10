// A group coordinator on simulated time and a log in memory, with clients that speak to it in
// short.
import type { ErrorName } from '../../protocol/errors.ts'
import { isPromise } from '../../src/base/maybe-promise.ts'
import type { MaybePromise } from '../../src/base/maybe-promise.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import type { JoinAnswer, SyncAnswer } from '../../src/coordinators/classic/state.ts'
import { GroupCoordinator } from '../../src/coordinators/group-coordinator.ts'
import { partitionOfGroup } from '../../src/coordinators/group-partitioning.ts'
import type { OffsetToCommit } from '../../src/coordinators/offset-requests.ts'
import { ShareCoordinator } from '../../src/coordinators/share-coordinator.ts'
import { silentLogger } from '../../src/io/logger.ts'
import type { Random } from '../../src/io/random.ts'
import { SimClock } from '../../src/testing/sim-clock.ts'
import { TestTopics } from './test-topics.ts'
import { MemoryPartitionStore } from './memory-partition-store.ts'

/** A share coordinator with one partition in memory. */
export function createShareStates(
  clock: SimClock,
  topics: TestTopics,
  store = new MemoryPartitionStore('__share_group_state', 0),
): ShareCoordinator {
  return new ShareCoordinator({
    config: brokerConfigWith({}),
    clock,
    logger: silentLogger,
    topic: { ensure: () => undefined, partitionCount: () => 1, store: () => store },
    topics,
    crash: (cause) => {
      throw cause
    },
  })
}

/** Bytes of a small linear congruence: the same in every run. */
export class SeededRandom implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  bytes(byteCount: number): Buffer {
    const bytes = Buffer.alloc(byteCount)
    for (let index = 0; index < byteCount; index++) bytes[index] = this.below(256)
    return bytes
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }
}

export class TestConnection {
  static #next = 1
  readonly connectionId = TestConnection.#next++
  readonly clientAddress = '127.0.0.1'
  #closers: (() => void)[] = []
  onClose(run: () => void): void {
    this.#closers.push(run)
  }
  close(): void {
    for (const run of this.#closers.splice(0)) run()
  }
}

export interface JoinOptions {
  readonly memberId?: string
  readonly instanceId?: string | null
  readonly protocols?: readonly (readonly [name: string, metadata: string])[]
  readonly protocolType?: string
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly version?: number
  readonly connection?: TestConnection
}

export class GroupWorld {
  readonly clock = new SimClock()
  readonly random = new SeededRandom(7)
  readonly connection = new TestConnection()
  readonly stores: MemoryPartitionStore[]
  readonly topics: TestTopics
  readonly groups: GroupCoordinator
  /** Commits wait for `endTurn`. */
  gathers = false
  readonly #turn: (() => void)[] = []

  private constructor(
    overrides: Record<string, string>,
    stores: MemoryPartitionStore[],
    topics = new TestTopics(),
  ) {
    this.stores = stores
    this.topics = topics
    this.groups = new GroupCoordinator({
      config: brokerConfigWith(overrides),
      clock: this.clock,
      random: this.random,
      logger: silentLogger,
      topic: {
        ensure: () => undefined,
        partitionCount: () => stores.length,
        store: (index) => stores[index],
      },
      topics: this.topics,
      afterTurn: (run) => {
        if (this.gathers) this.#turn.push(run)
        else run()
      },
      shareStates: createShareStates(this.clock, this.topics),
    })
  }

  /** The turn of the event loop in which commits were gathered ends. */
  endTurn(): void {
    for (const run of this.#turn.splice(0)) run()
  }

  static async create(
    overrides: Record<string, string> = {},
    stores = [0, 1].map((index) => new MemoryPartitionStore('__consumer_offsets', index)),
    topics = new TestTopics(),
  ): Promise<GroupWorld> {
    const world = new GroupWorld(overrides, stores, topics)
    await world.groups.load()
    return world
  }

  static unloaded(): GroupWorld {
    return new GroupWorld({}, [new MemoryPartitionStore('__consumer_offsets', 0)])
  }

  storeOf(groupId: string): MemoryPartitionStore {
    const store = this.stores[partitionOfGroup(groupId, this.stores.length)]
    if (store === undefined) throw new Error('no such partition')
    return store
  }

  /** A broker started on what this one has stored. */
  async restarted(overrides: Record<string, string> = {}): Promise<GroupWorld> {
    return await GroupWorld.create(overrides, this.stores, this.topics)
  }

  join(groupId: string, options: JoinOptions = {}): Asked<JoinAnswer> {
    const protocols = options.protocols ?? [['range', 'm']]
    const request = {
      groupId,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 20_000,
      memberId: options.memberId ?? '',
      groupInstanceId: options.instanceId ?? null,
      protocolType: options.protocolType ?? 'consumer',
      protocols: protocols.map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata) })),
      reason: null,
    }
    return ask(
      this.groups.classic.join(request, this.#caller(options.version ?? 3, options.connection)),
    )
  }

  sync(
    groupId: string,
    memberId: string,
    generationId: number,
    assignments: Record<string, string> = {},
    more: {
      instanceId?: string
      protocolType?: string
      protocolName?: string
      connection?: TestConnection
    } = {},
  ): Asked<SyncAnswer> {
    const request = {
      groupId,
      generationId,
      memberId,
      groupInstanceId: more.instanceId ?? null,
      protocolType: more.protocolType ?? null,
      protocolName: more.protocolName ?? null,
      assignments: Object.entries(assignments).map(([id, assignment]) => {
        return { memberId: id, assignment: Buffer.from(assignment) }
      }),
    }
    return ask(this.groups.classic.sync(request, this.#caller(5, more.connection)))
  }

  heartbeat(
    groupId: string,
    memberId: string,
    generationId: number,
    more: { instanceId?: string; connection?: TestConnection } = {},
  ): ErrorName {
    const groupInstanceId = more.instanceId ?? null
    const request = { groupId, generationId, memberId, groupInstanceId }
    return now(this.groups.classic.heartbeat(request, this.#caller(4, more.connection)))
  }

  leave(groupId: string, ...memberIds: string[]) {
    const members = memberIds.map((memberId) => ({ memberId, groupInstanceId: null }))
    return now(this.groups.classic.leave({ groupId, members }))
  }

  commit(
    groupId: string,
    offsets: readonly (Partial<OffsetToCommit> & { offset: number })[],
    more: {
      memberId?: string
      generation?: number
      version?: number
      instanceId?: string
      retentionTimeMs?: number
      connection?: TestConnection
    } = {},
  ): readonly ErrorName[] {
    return now(this.commitLater(groupId, offsets, more))
  }

  commitLater(
    groupId: string,
    offsets: readonly (Partial<OffsetToCommit> & { offset: number })[],
    more: Parameters<GroupWorld['commit']>[2] = {},
  ): MaybePromise<readonly ErrorName[]> {
    const request = {
      groupId,
      memberId: more.memberId ?? '',
      groupInstanceId: more.instanceId ?? null,
      generation: more.generation ?? -1,
      retentionTimeMs: more.retentionTimeMs ?? -1,
      offsets: offsets.map((offset) => ({
        topic: 'orders',
        topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
        partition: 0,
        leaderEpoch: -1,
        metadata: null,
        commitTimestampMs: -1,
        ...offset,
      })),
    }
    return this.groups.offsets.commit(request, this.#caller(more.version ?? 8, more.connection))
  }

  /** What the group has committed: `topic-partition` → offset. */
  committed(groupId: string): Record<string, number> {
    const request = { groupId, memberId: null, memberEpoch: -1, topics: null, requireStable: false }
    const { topics } = now(this.groups.offsets.fetch(request, this.#caller(8)))
    return Object.fromEntries(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}-${partition}`, offset]),
      ),
    )
  }

  describe(groupId: string) {
    return now(this.groups.classic.describe(groupId))
  }

  /** A stable group with members of these protocols' metadata; the leader is the first. */
  async stableGroup(groupId: string, count = 1, options: JoinOptions = {}) {
    const joins = Array.from({ length: count }, () => this.join(groupId, options))
    await this.advance(10)
    const answers = joins.map((join) => join.answer())
    const [leader] = answers
    if (leader === undefined) throw new Error('a group has members')
    const assignments = Object.fromEntries(
      answers.map(({ memberId }, index) => [memberId, `a${index}`]),
    )
    const { generation } = leader
    for (const { memberId } of answers) {
      const given = memberId === leader.leader ? assignments : {}
      const { connection } = options
      this.sync(
        groupId,
        memberId,
        generation,
        given,
        connection === undefined ? {} : { connection },
      )
    }
    await settle()
    return { generation, leaderId: leader.leader, memberIds: answers.map((each) => each.memberId) }
  }

  /** Lets time pass, and whoever was answered notice. */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms)
    await settle()
  }

  #caller(apiVersion: number, connection = this.connection) {
    return { apiVersion, clientId: 'test', connection }
  }
}

/** A request on its way. */
export interface Asked<T> {
  /** The answer; throws when there is none yet. */
  answer(): T
  readonly answered: boolean
}

/**
 * Answers that are parked come through a promise, a microtask late: their tickets are asked
 * instead.
 */
function ask<T>(result: MaybePromise<T>): Asked<T> {
  let value: T | undefined
  if (isPromise(result)) void result.then((answer) => (value = answer))
  else value = result
  return {
    get answered() {
      return value !== undefined
    },
    answer() {
      if (value === undefined) throw new Error('not answered yet')
      return value
    },
  }
}

export function now<T>(result: MaybePromise<T>): T {
  if (isPromise(result)) throw new Error('expected an answer at once')
  return result
}

/** Lets promises that are settled be noticed. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
