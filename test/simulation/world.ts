// A world drawn from one seed: a broker on simulated time, disk and network, clients of every kind, and an
// operator who kills, unplugs and restarts it. At the end everything is read and held against the history.
import { setImmediate } from 'node:timers'
import type { Clock } from '../../src/io/clock.ts'
import type { Disk } from '../../src/io/disk.ts'
import { SimClock } from '../../src/testing/sim-clock.ts'
import { SimDisk } from '../../src/testing/sim-disk.ts'
import { committedRecords } from './batches.ts'
import { Client, endOf } from './client.ts'
import type { Stage } from './client.ts'
import { administer, ensureTopic } from './clients/admin.ts'
import { follow, share } from './clients/consumers.ts'
import { produceIdempotently, producePlainly } from './clients/producers.ts'
import { inputOffsetOf, transact, transform } from './clients/transactions.ts'
import type { TransactionVersion } from './clients/transactions.ts'
import { Draw } from './draw.ts'
import { History } from './history.ts'
import type { Durability, StoredRecord } from './history.ts'
import { SimNetwork } from './network.ts'
import { Operator } from './operator.ts'
import type { Ending } from './history.ts'
import { Trace } from './trace.ts'

const startMs = 1_750_000_000_000
const setupMs = 20_000
const endMs = 120_000
/** Logs of many small segments wait for each other's syncs, two at a time. */
const syncsInARow = 100
const fairWeather = { cuts: 0, slow: 0, delayMsMax: 2 }

export interface WorldOptions {
  readonly seed: number
  /** Default: drawn. */
  readonly durability?: Durability
  /** How the broker's lives may end; default: in every way. */
  readonly endings?: readonly Ending[]
  /** Whether calls to the disk fail now and then; default: drawn. */
  readonly diskTrouble?: boolean
  /** Broker settings beyond what is drawn. */
  readonly settings?: Readonly<Record<string, string>>
  /** Puts a planted bug between the broker and its disk. */
  readonly disguise?: (disk: SimDisk, clock: Clock) => Disk
}

export interface Outcome {
  readonly options: WorldOptions
  readonly violations: readonly string[]
  readonly trace: Trace
  readonly digest: string
  /** What happened, to see that something did. */
  readonly counts: Readonly<Record<string, number>>
}

/** Runs the world of a seed to its end. */
export async function simulate(options: WorldOptions): Promise<Outcome> {
  const world = new World(options)
  await world.run()
  return world.outcome()
}

class World implements Stage {
  readonly clock = new SimClock(startMs)
  readonly trace = new Trace(() => this.clock.monotonicMs())
  readonly network: SimNetwork
  readonly history: History
  readonly #options: WorldOptions
  readonly #draw: Draw
  readonly #operator: Operator
  #isOver = false
  #failure: unknown = null

  constructor(options: WorldOptions) {
    this.#options = options
    const draw = new Draw(options.seed)
    this.#draw = draw
    const durability = options.durability ?? draw.pick<Durability>(['interval', 'fsync', 'os'])
    const intervalMs = draw.pick([100, 1000])
    const syncs = draw.fork('disk')
    const longestMs = syncs.pick([0, 5, 40, 400])
    // A run of syncs takes its time, and what comes during one waits for the next.
    this.history = new History({ durability, intervalMs: intervalMs + syncsInARow * longestMs })
    this.network = new SimNetwork(this.clock, draw.fork('network'), fairWeather)
    const settings = {
      'ottla.durability': durability,
      'ottla.durability.interval.ms': String(intervalMs),
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.num.partitions': '1',
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
      'log.retention.check.interval.ms': String(draw.pick([500, 3000])),
      'log.flush.offset.checkpoint.interval.ms': String(draw.pick([500, 5000, 60_000])),
      'log.cleaner.backoff.ms': String(draw.pick([300, 2000])),
      'log.segment.delete.delay.ms': String(draw.pick([0, 1000])),
      ...options.settings,
    }
    const disk = new SimDisk()
    if (longestMs > 0) disk.latency = () => this.#pass(syncs.between(0, longestMs))
    this.#operator = new Operator({
      stage: this,
      draw: draw.fork('operator'),
      settings,
      disk,
      endings: options.endings ?? ['stopped', 'killed', 'power lost'],
      diskTrouble: options.diskTrouble ?? draw.chance(40),
      disguise: options.disguise,
      random: draw.fork('broker'),
    })
    const weather = `syncs take up to ${longestMs} ms`
    this.trace.note('world', `seed ${options.seed} ${JSON.stringify(settings)} ${weather}`)
  }

  get restarts(): number {
    return this.#operator.restarts
  }

  get isOver(): boolean {
    return this.#isOver
  }

  outcome(): Outcome {
    if (this.#failure !== null)
      this.history.broken(`the simulation failed: ${String(this.#failure)}`)
    return {
      options: this.#options,
      violations: this.history.violations,
      trace: this.trace,
      digest: this.trace.digest(),
      counts: this.#operator.counts,
    }
  }

  async run(): Promise<void> {
    const admin = new Client('admin', this, this.#draw)
    await this.#until(this.#operator.start(), setupMs)
    await this.#until(this.#setUp(admin), setupMs)
    if (this.history.violations.length > 0) return
    this.network.weather = {
      cuts: this.#draw.pick([0, 1, 4]),
      slow: this.#draw.pick([0, 2, 8]),
      delayMsMax: this.#draw.pick([1, 10, 60]),
    }
    const clients = this.#startClients(admin)
    const work = [...clients, this.#operator.run()]
    await this.#until(undefined, this.#draw.pick([2000, 4000, 10_000]))
    this.#isOver = true
    this.network.weather = fairWeather
    await this.#until(Promise.all(work), endMs)
    if (this.history.violations.length > 0) return
    await this.#until(this.#finish(), endMs)
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve))
  }

  /** Lets time pass until `work` is done; without it, for `ms`. */
  async #until(work: Promise<unknown> | undefined, ms: number): Promise<void> {
    let isDone = false
    const failed = (error: unknown): void => {
      this.#failure ??= error
      isDone = true
    }
    work?.then(() => (isDone = true), failed)
    const deadline = this.clock.monotonicMs() + ms
    await drained()
    while (!isDone && this.#failure === null && this.history.violations.length === 0) {
      if (!this.clock.step(deadline)) break
      await drained()
    }
    if (work === undefined || isDone || this.history.violations.length > 0) return
    this.#failure ??= new Error(`something waits for ever, or longer than ${ms} ms`)
  }

  async #setUp(admin: Client): Promise<void> {
    const segment = { 'internal.segment.bytes': String(this.#draw.pick([600, 2000, 20_000])) }
    const index = { 'index.interval.bytes': String(this.#draw.pick([0, 300, 4096])) }
    const keys = {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': String(this.#draw.pick([500, 60_000])),
    }
    const shared = { ...segment, ...index }
    const topics: [string, number, Record<string, string>][] = [
      ['plain', 2, shared],
      ['keys', 1, { ...shared, ...keys }],
      ['ledger', 2, shared],
      ['input', 1, shared],
      ['output', 1, shared],
    ]
    for (const [name, partitions, configs] of topics) {
      await ensureTopic(admin, name, { partitions, configs })
      const isTransactional = name === 'ledger' || name === 'output'
      const keeping = { isCompacted: name === 'keys', retentionMs: null, isTransactional }
      this.history.topic(name, partitions, keeping)
    }
    await admin.call('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['readers'] })
    await admin.call('FindCoordinator', 4, { keyType: 1, coordinatorKeys: ['processor'] })
    await admin.sleep(3000)
  }

  #startClients(admin: Client): Promise<void>[] {
    const client = (name: string): Client => new Client(name, this, this.#draw)
    const version = (): TransactionVersion => (this.#draw.chance(50) ? 1 : 2)
    const plain = (partition: number) => ({ topic: 'plain', partition })
    const running = [
      administer(admin),
      produceIdempotently(client('idem-0'), plain(0)),
      produceIdempotently(client('idem-1'), { topic: 'input', partition: 0 }),
      producePlainly(client('plain-0'), plain(this.#draw.below(2))),
      producePlainly(client('plain-1'), { topic: 'keys', partition: 0 }),
      produceIdempotently(client('idem-2'), { topic: 'keys', partition: 0 }),
      transact(client('ledger-a'), version()),
      transact(client('ledger-b'), version()),
      transform(client('transform'), version()),
      follow(client('follow-0'), plain(0)),
      follow(client('follow-1'), { topic: 'ledger', partition: 0 }),
      follow(client('follow-2'), { topic: 'keys', partition: 0 }),
      share(client('member-0'), { topic: 'plain', partitionCount: 2 }),
      share(client('member-1'), { topic: 'plain', partitionCount: 2 }),
    ]
    for (const each of running) {
      each.catch((error: unknown) => {
        this.#failure ??= error
      })
    }
    return running
  }

  /** Everything that is open times out, the broker is restarted once more, and all logs are read. */
  async #finish(): Promise<void> {
    const reader = new Client('reader', this, this.#draw)
    await reader.sleep(12_000)
    await this.#operator.restartAtTheEnd()
    const committed = new Map<string, readonly string[]>()
    for (const name of this.history.partitionNames) {
      committed.set(name, await this.#readWhole(reader, name))
    }
    this.history.verifyTransactions(committed)
    this.#verifyTransformed(committed.get('output-0') ?? [])
    await this.#verifyCommitted(reader)
  }

  /** Reads a log twice, as both kinds of consumers do; the committed values. */
  async #readWhole(reader: Client, name: string): Promise<string[]> {
    const dash = name.lastIndexOf('-')
    const at = { topic: name.slice(0, dash), partition: Number(name.slice(dash + 1)) }
    const start = await reader.insist(() => reader.offsetAt(at.topic, at.partition, -2))
    const records: StoredRecord[] = []
    const committed: StoredRecord[] = []
    for (const committedOnly of [false, true]) {
      let offset = start ?? 0
      for (;;) {
        const fetched = await reader.fetch({ ...at, offset }, { committedOnly })
        if (committedOnly) committed.push(...committedRecords(fetched.batches, fetched.aborted))
        else records.push(...fetched.batches.flatMap((batch) => batch.records))
        if (fetched.batches.length === 0) {
          // Every transaction has ended by now; only power loss can leave one that nobody knows of.
          const { lastStableOffset, highWatermark } = fetched
          if (committedOnly && lastStableOffset < highWatermark) {
            this.history.hangs(name, lastStableOffset)
          }
          break
        }
        offset = endOf(fetched, offset)
      }
    }
    const values = committed.flatMap(({ value }) => value ?? [])
    this.history.verify(name, { records, committed: values }, this.clock.nowMs())
    return values
  }

  /** Exactly once: each record of `input` made one of `output`, up to where the offsets say. */
  #verifyTransformed(values: readonly string[]): void {
    if (this.history.hadPowerFailure) return
    const made = values.map(inputOffsetOf)
    for (const [index, offset] of made.entries()) {
      if (offset > (made[index - 1] ?? -1)) continue
      this.history.broken(`output: ${values[index]} comes behind ${values[index - 1]}`)
    }
    this.trace.note('world', `${made.length} records transformed`)
  }

  async #verifyCommitted(reader: Client): Promise<void> {
    for (const partition of [0, 1]) {
      const least = this.history.committedOffset('readers', `plain-${partition}`)
      const topics = [{ name: 'plain', partitionIndexes: [partition] }]
      const answer = await reader.call('OffsetFetch', 5, { groupId: 'readers', topics })
      const found = Number(answer.topics[0]?.partitions[0]?.committedOffset ?? -1)
      if (found < least) this.history.broken(`plain-${partition}: committed ${least}, now ${found}`)
    }
  }
}

/** Runs everything that waits for nothing but its turn. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
