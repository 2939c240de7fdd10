// The streams group machine: its table of events, cell by cell (the type refuses a missing one), what
// members are told, and random sequences against its invariants.
import { describe, expect, test } from 'vitest'
import { decodeChange, encodeChange } from '../../../../src/coordinators/group-records.ts'
import type { GroupChange } from '../../../../src/coordinators/group-records.ts'
import { GroupShard } from '../../../../src/coordinators/shard.ts'
import { stepStreamsGroup } from '../../../../src/coordinators/streams/group.ts'
import type { FoundStreamsGroup } from '../../../../src/coordinators/streams/group.ts'
import { streamsGroupState } from '../../../../src/coordinators/streams/state.ts'
import type { StreamsGroup } from '../../../../src/coordinators/streams/state.ts'
import type {
  StreamsEffect,
  StreamsEvent,
  StreamsHeartbeatAnswer,
  StreamsRules,
} from '../../../../src/coordinators/streams/step.ts'
import { noTasks } from '../../../../src/coordinators/streams/tasks.ts'
import type { Tasks } from '../../../../src/coordinators/streams/tasks.ts'
import type { Subtopology, Topology } from '../../../../src/coordinators/streams/topology.ts'
import { Ticket } from '../../../../src/coordinators/ticket.ts'
import { SeededRandom } from '../../../support/group-world.ts'
import { TestTopics } from '../../../support/test-topics.ts'

const rules: StreamsRules = {
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 5000,
  assignmentIntervalMs: 0,
  initialDelayMs: 0,
  standbyCount: 0,
  taskOffsetIntervalMs: 60_000,
  acceptableRecoveryLag: 10_000,
  maxSize: 8,
}

function part(more: Partial<Subtopology> = {}): Subtopology {
  return {
    subtopologyId: '0',
    sourceTopics: ['orders'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...more,
  }
}

const internal = (name: string, partitions = 0) => {
  return { name, partitions, replicationFactor: 0, topicConfigs: [] }
}

const plain: Topology = { epoch: 0, subtopologies: [part()] }
const place = { recordOffset: 0, producerId: -1, timestampMs: 0 }

interface Told {
  readonly owned?: Tasks
  readonly process?: string
  readonly topology?: Topology
  readonly instanceId?: string
  readonly shutdownApplication?: boolean
}

/** A group on its own; every record goes through its bytes. */
class World {
  readonly topics = new TestTopics()
  readonly shard = new GroupShard()
  readonly records: GroupChange[] = []
  readonly timers = new Map<string, StreamsEvent>()
  readonly rules: StreamsRules
  nowMs = 1000

  constructor(own: Partial<StreamsRules> = {}) {
    this.rules = { ...rules, ...own }
  }

  get group(): StreamsGroup | undefined {
    return this.shard.streamsGroup('g')
  }

  get found(): FoundStreamsGroup {
    const { group } = this
    if (group !== undefined) return { kind: 'streams', group }
    return { kind: 'none', groupId: 'g', dropsClassic: false }
  }

  tell(event: Parameters<typeof stepStreamsGroup>[1], found = this.found): void {
    const { nowMs, topics } = this
    const step = stepStreamsGroup(found, event, { nowMs, topics, rules: this.rules })
    for (const change of step.changes) {
      const { key, value } = encodeChange(change)
      const decoded = decodeChange(key, value)
      expect(decoded).toEqual(change)
      this.records.push(change)
      this.shard.apply(change, place)
    }
    for (const effect of step.effects) this.#perform(effect)
  }

  #perform(effect: StreamsEffect): void {
    if (effect.kind === 'answer-streams') effect.to.settle(effect.answer)
    if (effect.kind === 'set-streams-timer') this.timers.set(effect.timer, effect.event)
    if (effect.kind === 'cancel-streams-timer') this.timers.delete(effect.timer)
    if (effect.kind !== 'streams-unstored' || this.group === undefined) return
    const { reported, ...value } = effect.value
    Object.assign(this.group, value)
    if (reported !== undefined) this.group.reported.set(reported.memberId, reported.value)
  }

  heartbeat(memberId: string, memberEpoch: number, told: Told = {}, found?: FoundStreamsGroup) {
    const joins = memberEpoch === 0
    const ticket = new Ticket<StreamsHeartbeatAnswer>()
    this.tell(
      {
        kind: 'streams-heartbeat',
        ...{ ticket, memberId, memberEpoch },
        endpointEpoch: 0,
        instanceId: told.instanceId ?? null,
        rackId: null,
        rebalanceTimeoutMs: joins ? 60_000 : -1,
        topology: joins ? (told.topology ?? plain) : null,
        owned: joins ? noTasks : (told.owned ?? null),
        processId: joins ? (told.process ?? memberId) : null,
        userEndpoint: null,
        clientTags: joins ? new Map() : null,
        offsets: null,
        endOffsets: null,
        shutdownApplication: told.shutdownApplication ?? false,
        clientId: 'c',
        clientHost: '/h',
      },
      found,
    )
    const answer = ticket.result()
    if (answer instanceof Promise) throw new Error('not answered')
    return answer
  }
}

/** A member that does as it is told, one heartbeat late. */
class Member {
  readonly world: World
  readonly memberId: string
  readonly process: string
  epoch = 0
  owned: Tasks = noTasks

  constructor(world: World, memberId: string, process = memberId) {
    this.world = world
    this.memberId = memberId
    this.process = process
  }

  beat(): StreamsHeartbeatAnswer {
    const { world, memberId, process, owned } = this
    const answer = world.heartbeat(memberId, this.epoch, { owned, process })
    if (answer.error !== 'NONE') {
      this.epoch = 0
      this.owned = noTasks
      return answer
    }
    this.epoch = answer.memberEpoch
    if (answer.tasks !== null) this.owned = answer.tasks
    return answer
  }
}

const kinds = ['none', 'other', 'empty', 'stable'] as const
type Kind = (typeof kinds)[number]

const events = {
  join: (world: World, found?: FoundStreamsGroup) => world.heartbeat('m', 0, {}, found).error,
  stay: (world: World, found?: FoundStreamsGroup) => world.heartbeat('m', 2, {}, found).error,
  leave: (world: World, found?: FoundStreamsGroup) => world.heartbeat('m', -1, {}, found).error,
  fence: (world: World, found?: FoundStreamsGroup) => {
    const timer = 'session:m'
    world.tell({ kind: 'streams-fence', memberId: 'm', ifEpoch: null, timer }, found)
    return 'NONE'
  },
  assign: (world: World, found?: FoundStreamsGroup) => {
    world.tell({ kind: 'streams-assign', timer: 'initial-delay' }, found)
    return 'NONE'
  },
} as const

/** What is answered, and the group's state after. */
const table: Record<keyof typeof events, Record<Kind, readonly [string, string]>> = {
  join: {
    none: ['NONE', 'Stable'],
    other: ['GROUP_ID_NOT_FOUND', 'none'],
    empty: ['NONE', 'Stable'],
    stable: ['NONE', 'Stable'],
  },
  stay: {
    none: ['GROUP_ID_NOT_FOUND', 'none'],
    other: ['GROUP_ID_NOT_FOUND', 'none'],
    empty: ['UNKNOWN_MEMBER_ID', 'Empty'],
    stable: ['NONE', 'Stable'],
  },
  leave: {
    none: ['GROUP_ID_NOT_FOUND', 'none'],
    other: ['GROUP_ID_NOT_FOUND', 'none'],
    empty: ['UNKNOWN_MEMBER_ID', 'Empty'],
    stable: ['NONE', 'Empty'],
  },
  fence: {
    none: ['NONE', 'none'],
    other: ['NONE', 'none'],
    empty: ['NONE', 'Empty'],
    stable: ['NONE', 'Empty'],
  },
  assign: {
    none: ['NONE', 'none'],
    other: ['NONE', 'none'],
    empty: ['NONE', 'Empty'],
    stable: ['NONE', 'Stable'],
  },
}

describe('the table of events', () => {
  for (const [event, row] of Object.entries(table)) {
    for (const kind of kinds) {
      const [error, state] = row[kind]
      test(`${event} on ${kind}: ${error}, then ${state}`, () => {
        const world = new World()
        if (kind === 'empty' || kind === 'stable') world.heartbeat('m', 0)
        if (kind === 'empty') world.heartbeat('m', -1)
        const found: FoundStreamsGroup | undefined =
          kind === 'other' ? { kind: 'other', groupId: 'g' } : undefined
        expect(events[event as keyof typeof events](world, found)).toBe(error)
        expect(world.group === undefined ? 'none' : streamsGroupState(world.group)).toBe(state)
      })
    }
  }
})

describe('a member', () => {
  test('takes what another has given back, and not before', () => {
    const world = new World()
    const first = new Member(world, 'a')
    const second = new Member(world, 'b')
    first.beat()
    expect(first.owned.active).toEqual(new Map([['0', [0, 1, 2]]]))
    expect(second.beat().tasks).toEqual(noTasks)
    expect(first.beat().tasks?.active.get('0')).toHaveLength(2)
    expect(second.beat().tasks).toBeNull()
    first.beat()
    expect(second.beat().tasks?.active.get('0')).toHaveLength(1)
  })

  test('waits for others in an empty group for streams.initial.rebalance.delay.ms', () => {
    const world = new World({ initialDelayMs: 3000 })
    const first = new Member(world, 'a')
    const second = new Member(world, 'b')
    expect(first.beat()).toMatchObject({
      memberEpoch: 1,
      status: [{ code: 'ASSIGNMENT_DELAYED' }],
      tasks: noTasks,
    })
    second.beat()
    world.nowMs += 3000
    const due = world.timers.get('initial-delay')
    if (due === undefined) throw new Error('no timer')
    world.tell(due)
    expect(first.beat()).toMatchObject({ memberEpoch: 3, status: [] })
    second.beat()
    const held = [first, second].map(({ owned }) => owned.active.get('0')?.length)
    expect(held.sort()).toEqual([1, 2])
  })

  test('is told of topics that are missing, and gets tasks when they are there', () => {
    const world = new World()
    const topology = { epoch: 0, subtopologies: [part({ sourceTopics: ['later'] })] }
    const answer = world.heartbeat('a', 0, { topology })
    expect(answer.status).toEqual([
      { code: 'MISSING_SOURCE_TOPICS', detail: 'Source topics later are missing.' },
    ])
    world.topics.create('later', 2)
    expect(world.heartbeat('a', answer.memberEpoch)).toMatchObject({
      status: [],
      tasks: { active: new Map([['0', [0, 1]]]) },
    })
  })

  test('has its internal topics sized by what is upstream', () => {
    const world = new World()
    const topology: Topology = {
      epoch: 0,
      subtopologies: [
        part({ repartitionSinkTopics: ['r'] }),
        part({
          subtopologyId: '1',
          sourceTopics: [],
          repartitionSourceTopics: [internal('r')],
          stateChangelogTopics: [internal('c')],
        }),
      ],
    }
    const { missing, status } = world.heartbeat('a', 0, { topology })
    expect(missing.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['c', 3],
      ['r', 3],
    ])
    expect(status.map(({ code }) => code)).toEqual(['MISSING_INTERNAL_TOPICS'])
  })

  test('of another topology is refused', () => {
    const world = new World()
    world.heartbeat('a', 0)
    const topology = { epoch: 0, subtopologies: [part({ sourceTopics: ['other'] })] }
    expect(world.heartbeat('b', 0, { topology }).error).toBe('INVALID_REQUEST')
  })

  test('stops the whole application when it has met a fatal error', () => {
    const world = new World()
    const { memberEpoch } = world.heartbeat('a', 0)
    world.heartbeat('a', memberEpoch, { shutdownApplication: true })
    const { status } = world.heartbeat('b', 0)
    expect(status.map(({ code }) => code)).toContain('SHUTDOWN_APPLICATION')
  })

  test('with an instance id comes back to its tasks under a new member id', () => {
    const world = new World()
    const told = { instanceId: 'i', process: 'p' }
    const { tasks } = world.heartbeat('a', 0, told)
    expect(world.heartbeat('b', 0, told).error).toBe('UNRELEASED_INSTANCE_ID')
    world.heartbeat('a', -2, told)
    expect(world.heartbeat('b', 0, told)).toMatchObject({ error: 'NONE', tasks })
    expect(world.heartbeat('a', 2, told).error).toBe('FENCED_INSTANCE_ID')
  })

  test('comes to an emptied group without waiting for the assignment interval', () => {
    const world = new World({ assignmentIntervalMs: 60_000 })
    const { memberEpoch, tasks } = world.heartbeat('a', 0)
    world.heartbeat('a', -1)
    expect(world.group).toMatchObject({ groupEpoch: memberEpoch + 1, targetEpoch: memberEpoch + 1 })
    expect(world.heartbeat('b', 0)).toMatchObject({ tasks, status: [] })
    expect(world.heartbeat('c', 0).status).toMatchObject([{ code: 'ASSIGNMENT_DELAYED' }])
  })

  test('never has a standby task of its own process', () => {
    const world = new World({ standbyCount: 1 })
    const stateful = { epoch: 0, subtopologies: [part({ stateChangelogTopics: [internal('c')] })] }
    world.topics.create('c', 3)
    world.heartbeat('a', 0, { topology: stateful })
    world.heartbeat('b', 0, { topology: stateful })
    const [a, b] = ['a', 'b'].map((id) => world.group?.target.get(id) ?? noTasks)
    expect(a?.active.get('0')).toEqual(b?.standby.get('0'))
    expect(b?.active.get('0')).toEqual(a?.standby.get('0'))
  })
})

describe('random sequences', () => {
  for (let seed = 1; seed <= 20; seed++) {
    test(`seed ${seed}`, () => runRandom(seed))
  }
})

function runRandom(seed: number): void {
  const random = new SeededRandom(seed)
  const world = new World({ standbyCount: seed % 2 })
  let members: Member[] = []
  let epoch = 0
  for (let step = 0; step < 80; step++) {
    members = act(world, members, random, step)
    checkOwners(members)
    const { group } = world
    if (group === undefined) continue
    expect(group.groupEpoch).toBeGreaterThanOrEqual(epoch)
    expect(group.targetEpoch).toBeLessThanOrEqual(group.groupEpoch)
    epoch = group.groupEpoch
  }
  for (let round = 0; round < 12; round++) for (const member of members) member.beat()
  checkOwners(members)
  const active = members.flatMap(({ owned }) => owned.active.get('0') ?? [])
  const count = world.topics.byName('orders')?.partitionCount ?? 0
  if (members.length > 0) expect(active).toHaveLength(count)
  checkReplay(world)
}

function act(world: World, members: Member[], random: SeededRandom, step: number): Member[] {
  const member = members[random.below(Math.max(1, members.length))]
  const what = random.below(10)
  if (member === undefined || (what === 0 && members.length < 6)) {
    const joining = new Member(world, `m${step}`, `p${random.below(4)}`)
    joining.beat()
    return [...members, joining]
  }
  if (what === 1) {
    world.heartbeat(member.memberId, -1)
    return members.filter((one) => one !== member)
  }
  if (what === 2) {
    const { memberId } = member
    world.tell({ kind: 'streams-fence', memberId, ifEpoch: null, timer: `session:${memberId}` })
    member.owned = noTasks
  } else if (what === 3) world.topics.grow('orders', 3 + random.below(5))
  else member.beat()
  return members
}

/** No two members believe that they have the same active task. */
function checkOwners(members: readonly Member[]): void {
  const active = members.flatMap(({ owned }) => owned.active.get('0') ?? [])
  expect(new Set(active).size).toBe(active.length)
}

/** Replaying the stored records gives what is persistent of the live group. */
function checkReplay(world: World): void {
  const shard = new GroupShard()
  for (const record of world.records) shard.apply(record, place)
  const stored = (group: StreamsGroup | undefined) => {
    if (group === undefined) return undefined
    const { groupEpoch, targetEpoch, members, target, holders, topology, metadataHash } = group
    return { groupEpoch, targetEpoch, members, target, holders, topology, metadataHash }
  }
  expect(stored(shard.streamsGroup('g'))).toEqual(stored(world.group))
}
