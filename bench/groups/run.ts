// Groups side by side: how long a rebalance takes with 2, 20, 200 and 500 members, and how many
// commits a second so many members get through. Of any brokers that are running, in turn, each by
// name, address and pid; `--members 2,20`, `--rounds 3`:
//   npx tsx bench/groups/run.ts ottla=127.0.0.1:9092/4711 kafka=127.0.0.1:9192/4712
// In brackets: what the broker's process spent, ms of CPU a rebalance and µs a commit.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WireClient } from '../../test/support/wire-client.ts'
import { cpuSeconds } from '../process-stat.ts'
import { classicGroup, leaveClassic, rebalanceClassic } from './classic-group.ts'
import { consumerGroup, leaveConsumer, rebalanceConsumer } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-group.ts'
import { commitUntil, connect, topicName, type Member } from './members.ts'

const commitSeconds = 2
/** Longer than group.consumer.assignment.interval.ms: the next target is made at once. */
const quietMs = 1200
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    members: { type: 'string', default: '2,20,200,500' },
    rounds: { type: 'string', default: '3' },
  },
})

/** What one measurement says: how long or how many, and what the broker's process spent on it. */
interface Figure {
  readonly value: number
  /** Milliseconds a rebalance, microseconds a commit; NaN where the broker's pid is not known. */
  readonly cpu: number
}

const columns = ['classic ms', 'KIP-848 ms', 'classic commits/s', 'KIP-848 commits/s'] as const
type Figures = Readonly<Record<(typeof columns)[number], Figure>>

interface Broker {
  readonly name: string
  readonly bootstrap: string
  readonly pid: number | null
  readonly rows: Map<number, Figures[]>
}

const brokers = positionals.map((text): Broker => {
  const [, name = '', bootstrap = '', pid] = /^(?:(.*)=)?([^/]+)(?:\/(\d+))?$/.exec(text) ?? []
  return { name: name || bootstrap, bootstrap, pid: pid ? Number(pid) : null, rows: new Map() }
})
const sizes = values.members.split(',').map(Number)
const largest = Math.max(...sizes)
for (const { bootstrap } of brokers) await createTopic(bootstrap, largest + 1)
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const size of sizes) {
    for (const broker of brokers) {
      const figures = await measure(broker, size)
      broker.rows.set(size, [...(broker.rows.get(size) ?? []), figures])
      say(`round ${round}  ${broker.name}  ${size} members: ${textOf(figures)}`)
    }
  }
}
say('\nmedians')
for (const size of sizes) {
  for (const { name, rows } of brokers) {
    say(`${name}  ${size} members: ${textOf(medians(rows.get(size) ?? []))}`)
  }
}

async function createTopic(bootstrap: string, partitionCount: number): Promise<void> {
  const client = await WireClient.open(bootstrap, 'bench')
  const topic = { name: topicName, numPartitions: partitionCount, replicationFactor: 1 }
  await client.call('CreateTopics', 7, {
    topics: [{ ...topic, assignments: [], configs: [] }],
    timeoutMs: 30_000,
  })
  // The group coordinator's topic is made on demand; wait until it answers.
  for (;;) {
    const coordinators = { keyType: 0, coordinatorKeys: ['bench-groups'] }
    const found = await client.call('FindCoordinator', 4, coordinators)
    const groups = { groupIds: ['none'], includeAuthorizedOperations: false }
    const { groups: described } = await client.call('ConsumerGroupDescribe', 1, groups)
    const notFound = 69
    const isUp = found.coordinators[0]?.errorCode === 0 && described[0]?.errorCode === notFound
    if (isUp) break
    await sleep(100)
  }
  client.end()
}

async function measure({ bootstrap, pid }: Broker, size: number): Promise<Figures> {
  const clients = await connect(bootstrap, size)
  const [extra] = await connect(bootstrap, 1)
  if (extra === undefined) throw new Error(`${bootstrap} takes no more connections`)
  const suffix = `${size}-${Date.now()}`
  const classic = await classicGroup(`classic-${suffix}`, clients)
  const classicMs = await spending(pid, () => rebalanceClassic(classic))
  const classicCommits = await commits(pid, classic)
  await leaveClassic(classic)
  const partitionCount = largest + 1
  const before = await consumerGroup(`consumer-${suffix}`, clients, partitionCount)
  await sleep(quietMs)
  let members: readonly ConsumerMember[] = before
  const consumerMs = await spending(pid, async () => {
    const after = await rebalanceConsumer(before, extra, partitionCount)
    members = after.members
    return after.ms
  })
  const consumerCommits = await commits(pid, before)
  await leaveConsumer(members)
  for (const client of [...clients, extra]) client.end()
  return {
    'classic ms': classicMs,
    'KIP-848 ms': consumerMs,
    'classic commits/s': classicCommits,
    'KIP-848 commits/s': consumerCommits,
  }
}

async function spending(pid: number | null, run: () => Promise<number>): Promise<Figure> {
  const before = cpuOf(pid)
  const value = await run()
  return { value, cpu: (cpuOf(pid) - before) * 1e3 }
}

async function commits(pid: number | null, members: readonly Member[]): Promise<Figure> {
  const [beganMs, before] = [performance.now(), cpuOf(pid)]
  const deadlineMs = beganMs + commitSeconds * 1000
  const counts = await Promise.all(
    members.map((member, at) => commitUntil(member, at % largest, deadlineMs)),
  )
  const sum = counts.reduce((total, count) => total + count, 0)
  const seconds = (performance.now() - beganMs) / 1000
  return { value: sum / seconds, cpu: ((cpuOf(pid) - before) / sum) * 1e6 }
}

function cpuOf(pid: number | null): number {
  return (pid === null ? null : cpuSeconds(pid)) ?? Number.NaN
}

function medians(all: readonly Figures[]): Figures {
  const of = (column: (typeof columns)[number], key: keyof Figure) => {
    const sorted = all.map((one) => one[column][key]).sort((a, b) => a - b)
    return sorted[sorted.length >> 1] ?? Number.NaN
  }
  const both = columns.map((one) => [one, { value: of(one, 'value'), cpu: of(one, 'cpu') }])
  return Object.fromEntries(both) as Figures
}

function textOf(figures: Figures): string {
  return columns
    .map(
      (column) =>
        `${column} ${figures[column].value.toFixed(1)} (${figures[column].cpu.toFixed(0)})`,
    )
    .join('  ')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
