// Every moment at which the broker may die: a script of everything that storage does, and at each of
// its calls to the disk the state that a killed process or a power failure leaves. Every one of them
// must open by itself and hold what was promised.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../src/base/brands.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import { topicConfigWith } from '../../src/config/topic-config.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { LocalStorageEngine } from '../../src/storage/local.ts'
import { SimDisk } from '../../src/testing/sim-disk.ts'
import { contents, keyed, latest } from '../unit/log/compaction-world.ts'
import { CountingRandom, HandClock } from '../unit/log/fixtures.ts'

type Durability = 'interval' | 'fsync' | 'os'

const ids = {
  plain: toTopicId('aaaaaaaaaaaaaaaaaaaaaA'),
  keys: toTopicId('bbbbbbbbbbbbbbbbbbbbbA'),
}
const shared = { segmentBytes: 500, indexIntervalBytes: 200, fileDeleteDelayMs: 1500 }
const configs = {
  plain: topicConfigWith(shared),
  keys: topicConfigWith({
    ...shared,
    cleanupPolicy: { compact: true, delete: false },
    minCleanableDirtyRatio: 0.01,
    deleteRetentionMs: 2000,
  }),
}
type Topic = keyof typeof configs
const topics: readonly Topic[] = ['plain', 'keys']

interface Running {
  readonly engine: LocalStorageEngine
  readonly logs: Record<Topic, PartitionLog>
  readonly clock: HandClock
}

function start(disk: SimDisk, durability: Durability): Running {
  const clock = new HandClock()
  const engine = LocalStorageEngine.open(
    {
      config: brokerConfigWith({
        'log.dirs': '/data',
        'ottla.durability': durability,
        'ottla.durability.interval.ms': '1000',
        'log.cleaner.enable': 'false',
      }),
      disk,
      clock,
      random: new CountingRandom(),
      logger: silentLogger,
    },
    (error) => {
      throw error
    },
  )
  const open = (topic: Topic): PartitionLog => {
    const spec = { topic, partition: 0, topicId: ids[topic], leaderEpoch: 0 }
    const store = engine.createPartition(spec, configs[topic])
    if (!(store instanceof PartitionLog)) throw new Error(`${topic} is offline`)
    return store
  }
  const logs = { plain: open('plain'), keys: open('keys') }
  engine.setAsideStrays()
  engine.startBackground()
  return { engine, logs, clock }
}

/** What was promised at a moment. */
interface Promised {
  /** Records sent so far as `offset key=value`; the last may not be acknowledged yet. */
  readonly sent: Record<Topic, number>
  readonly acknowledged: Record<Topic, number>
  /** All below is on the device. */
  readonly synced: Record<Topic, number>
  /** Where DeleteRecords that was answered let the log begin. */
  readonly deletedTo: number
}

interface Moment {
  readonly disk: SimDisk
  readonly how: string
  readonly promised: Promised
}

interface History {
  readonly lines: Record<Topic, string[]>
  readonly moments: Moment[]
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Runs the script, and keeps what a crash at every call would leave. */
async function record(durability: Durability, steps: number): Promise<History> {
  const disk = new SimDisk()
  const running = start(disk, durability)
  const { logs, engine, clock } = running
  const lines: Record<Topic, string[]> = { plain: [], keys: [] }
  const acknowledged = { plain: 0, keys: 0 }
  let deletedTo = 0
  const moments: Moment[] = []
  let call = 0
  disk.onChange = () => {
    const promised = {
      sent: { plain: lines.plain.length, keys: lines.keys.length },
      acknowledged: { ...acknowledged },
      synced: { plain: logs.plain.recoveryPoint, keys: logs.keys.recoveryPoint },
      deletedTo,
    }
    call += 1
    for (const [how, left] of whatIsLeft(disk, call)) {
      moments.push({ disk: left, how: `call ${call}: ${how}`, promised })
    }
  }
  const send = async (topic: Topic, key: string, value: string | null): Promise<void> => {
    const offset = lines[topic].length
    lines[topic].push(`${offset} ${key}=${value ?? '-'}`)
    const nowMs = clock.nowMs()
    const records = keyed([{ key, value }], { timestamp: nowMs })
    await logs[topic].append(records, { origin: 'client', acksAll: true, nowMs })
    acknowledged[topic] = offset + 1
  }
  for (let step = 0; step < steps; step++) {
    await send('plain', 'p', `value ${step}`)
    await send('keys', `k${step % 4}`, step % 9 === 8 ? null : `value ${step}`)
    if (step % 6 === 5) clock.advance(1000)
    if (step % 6 === 5) await settle()
    if (step % 8 === 7) await engine.checkpoint()
    if (step % 11 === 10) await engine.compact()
    if (step % 13 === 12) {
      await logs.plain.deleteRecordsBefore(step - 8)
      deletedTo = step - 8
    }
  }
  await engine.close()
  disk.onChange = null
  return { lines, moments }
}

/** States that a crash at this moment may leave; `call` makes the choice of what is lost vary. */
function whatIsLeft(disk: SimDisk, call: number): [string, SimDisk][] {
  const some = (index: number): boolean => ((call * 7 + index * 13) >> 2) % 2 === 0
  return [
    ['killed', disk.kill()],
    ['power lost, nothing unsynced left', disk.losePower()],
    ['power lost, all names left', disk.losePower({ keepName: () => true })],
    [
      'power lost, some names and torn writes left',
      disk.losePower({ keepName: some, keep: (_, bytes) => (call * 31) % (bytes + 1) }),
    ],
    [
      'power lost, older names and all bytes left',
      disk.losePower({ keepName: (index, count) => index < count / 2, keep: (_, bytes) => bytes }),
    ],
  ]
}

/** Why the moment breaks a promise; null when it keeps all. */
async function broken(
  moment: Moment,
  lines: Record<Topic, string[]>,
  durability: Durability,
): Promise<string | null> {
  const { promised, how, disk } = moment
  const { logs, engine } = start(disk, durability)
  const isKill = how.endsWith('killed')
  for (const topic of topics) {
    const log = logs[topic]
    const end = log.logEndOffset
    const isKept = isKill || durability === 'fsync'
    const least = isKept ? promised.acknowledged[topic] : promised.synced[topic]
    if (end < least) return `${topic} ends at ${end}, ${least} was promised`
    if (end > promised.sent[topic]) return `${topic} ends at ${end}, beyond what was sent`
    const found = await contents(log)
    const original = new Set(lines[topic])
    const invented = found.find((line) => !original.has(line))
    if (invented !== undefined) return `${topic} has ${invented}, which nobody sent`
    const from = log.logStartOffset
    const why = isKept
      ? missing(topic, found, lines[topic].slice(from, end))
      : missingSynced(topic, found, lines[topic].slice(from, least))
    if (why !== null) return why
  }
  const isDeletionKept = logs.plain.logStartOffset >= promised.deletedTo
  if (!isDeletionKept) return `the log begins at ${logs.plain.logStartOffset} again`
  const nowMs = 1_900_000_000_000
  const next = logs.plain.logEndOffset
  const again = keyed([{ key: 'p', value: 'again' }])
  const { baseOffset } = await logs.plain.append(again, {
    origin: 'client',
    acksAll: true,
    nowMs,
  })
  if (baseOffset !== next) return `the next record got offset ${baseOffset}, not ${next}`
  engine.abandon()
  return null
}

/** Everything up to the log's end is there, as far as compaction keeps it, and nothing else. */
function missing(
  topic: Topic,
  found: readonly string[],
  expected: readonly string[],
): string | null {
  if (topic === 'plain') {
    return found.join() === expected.join() ? null : `plain has ${found.join()}`
  }
  const [is, shouldBe] = [latest(found), latest(expected)]
  const differs = [...shouldBe].some(([key, value]) => is.get(key) !== value)
  return differs || is.size !== shouldBe.size ? `keys has ${found.join()}` : null
}

/** What was synced is there; of what was not, power loss may take a part out of the middle. */
function missingSynced(
  topic: Topic,
  found: readonly string[],
  synced: readonly string[],
): string | null {
  const offsets = found.map(offsetOf)
  const isInOrder = offsets.every((offset, at) => at === 0 || offset > (offsets[at - 1] ?? 0))
  if (!isInOrder) return `${topic} is out of order: ${offsets.join()}`
  const has = new Set(found)
  const lost = synced.filter((line, at) => {
    const isSuperseded =
      topic === 'keys' && synced.slice(at + 1).some((l) => keyOf(l) === keyOf(line))
    return !has.has(line) && !isSuperseded && !line.endsWith('=-')
  })
  const isLater = (line: string): boolean =>
    topic === 'keys' && found.some((l) => keyOf(l) === keyOf(line) && offsetOf(l) > offsetOf(line))
  const trulyLost = lost.filter((line) => !isLater(line))
  return trulyLost.length === 0 ? null : `${topic} lost ${trulyLost.join()} from ${found.join()}`
}

function offsetOf(line: string): number {
  return Number.parseInt(line, 10)
}

function keyOf(line: string): string {
  return line.slice(line.indexOf(' '), line.indexOf('='))
}

describe.each<Durability>(['interval', 'fsync', 'os'])('with durability %s', (durability) => {
  test('every state that a crash can leave opens by itself and keeps what was promised', async () => {
    const { lines, moments } = await record(durability, 45)
    expect(moments.length).toBeGreaterThan(1000)
    const failures: string[] = []
    for (const moment of moments) {
      const why = await broken(moment, lines, durability).catch((error: unknown) => String(error))
      if (why !== null) failures.push(`${moment.how}: ${why}`)
    }
    expect(failures.slice(0, 5)).toEqual([])
    expect(failures).toHaveLength(0)
  }, 30_000)
})
