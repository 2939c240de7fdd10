// The machine of a transactional id under random events: producers that come and go, retry, answer
// late and fence each other, time-outs, and a coordinator that dies between any two markers and reads
// its state back from the record. A model of the partitions says what read_committed readers see.
import { expect, test } from 'vitest'
import {
  decodeTransaction,
  encodeTransaction,
} from '../../../../src/coordinators/transaction-records.ts'
import { Ticket } from '../../../../src/coordinators/ticket.ts'
import type {
  EndAnswer,
  InitAnswer,
  ProducerIdAndEpoch,
  TransactionEvent,
  TransactionRules,
  TransactionState,
  TransactionStatus,
} from '../../../../src/coordinators/transactions/state.ts'
import { noEpoch } from '../../../../src/coordinators/transactions/state.ts'
import { stepTransaction } from '../../../../src/coordinators/transactions/step.ts'
import { SeededRandom } from '../../../support/group-world.ts'

const topic = 'orders'
const partitionCount = 3
const stepsPerSeed = 300
const expirationMs = 50_000
/** Little is left of the range, so that producer ids are used up. */
const startEpoch = 32_740

const mayFollow: Record<TransactionStatus | 'none', readonly (TransactionStatus | 'none')[]> = {
  none: ['none', 'Empty'],
  Empty: ['none', 'Empty', 'Ongoing', 'PrepareAbort'],
  Ongoing: ['Ongoing', 'PrepareCommit', 'PrepareAbort'],
  PrepareCommit: ['PrepareCommit', 'CompleteCommit'],
  PrepareAbort: ['PrepareAbort', 'CompleteAbort'],
  CompleteCommit: ['none', 'CompleteCommit', 'Empty', 'Ongoing', 'PrepareAbort'],
  CompleteAbort: ['none', 'CompleteAbort', 'Empty', 'Ongoing', 'PrepareAbort'],
}

/** What a producer wrote between its begin and its end. */
interface Attempt {
  readonly partitions: Set<number>
  /** Of each record: what its partition made of it. */
  readonly records: { outcome: 'open' | 'committed' | 'aborted' }[]
  /** What the producer was told that became of it. */
  told: 'committed' | 'aborted' | null
}

/** One partition: open transactions by producer id, and the newest epoch that it has seen of each. */
class Partition {
  readonly #open = new Map<number, Attempt['records']>()
  readonly #epochs = new Map<number, number>()

  /** Undefined: the producer is fenced. */
  append({
    producerId,
    producerEpoch,
  }: ProducerIdAndEpoch): Attempt['records'][number] | undefined {
    if (producerEpoch < (this.#epochs.get(producerId) ?? 0)) return undefined
    this.#epochs.set(producerId, producerEpoch)
    const record: Attempt['records'][number] = { outcome: 'open' }
    this.#open.set(producerId, [...(this.#open.get(producerId) ?? []), record])
    return record
  }

  mark({ producerId, producerEpoch }: ProducerIdAndEpoch, outcome: 'committed' | 'aborted'): void {
    expect(producerEpoch).toBeGreaterThanOrEqual(this.#epochs.get(producerId) ?? 0)
    this.#epochs.set(producerId, producerEpoch)
    for (const record of this.#open.get(producerId) ?? []) record.outcome = outcome
    this.#open.delete(producerId)
  }

  get isClean(): boolean {
    return this.#open.size === 0
  }
}

class World {
  readonly random: SeededRandom
  readonly rules: TransactionRules
  readonly partitions = Array.from({ length: partitionCount }, () => new Partition())
  readonly attempts: Attempt[] = []
  /** `producer id/epoch` that were given away, and to whom. */
  readonly given = new Map<string, Producer>()
  state: TransactionState | null = null
  nowMs = 1_000_000
  #nextProducerId = 100
  #pending: number[] = []
  #newestEpochs = new Map<number, number>()

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    this.rules = { serverVersion: seed % 3 === 0 ? 0 : 2, expirationMs }
  }

  tell(event: TransactionEvent): void {
    const { next, effects } = stepTransaction(this.state, event, this.nowMs, this.rules)
    if (next !== 'unchanged') this.#store(next)
    for (const effect of effects) {
      if (effect.kind === 'write-markers') this.#prepareMarkers()
      else if (effect.kind === 'allocate-producer-id') {
        this.#nextProducerId += 1
        this.tell({ ...effect.event, freshProducerId: this.#nextProducerId })
      } else if (effect.kind === 'answer-add') effect.to.settle(effect.answer)
      else effect.to.settle(effect.answer)
    }
  }

  /** Through its bytes, which lack the epoch of before. */
  #store(next: TransactionState | null): void {
    const before = this.state?.status ?? 'none'
    expect(mayFollow[before]).toContain(next?.status ?? 'none')
    const { key, value } = encodeTransaction({ transactionalId: 't', value: next }, 2)
    const stored = decodeTransaction(key, value)?.value ?? null
    expect(stored).toEqual(next && { ...next, lastProducerEpoch: noEpoch })
    if (next !== null) {
      const { producerId, producerEpoch } = next
      expect(producerEpoch).toBeGreaterThanOrEqual(this.#newestEpochs.get(producerId) ?? 0)
      this.#newestEpochs.set(producerId, producerEpoch)
    }
    this.state = next
  }

  #prepareMarkers(): void {
    expect(this.state?.status).toMatch(/^Prepare/)
    this.#pending = [...(this.state?.partitions.get(topic) ?? [])]
  }

  /** One marker, or the record that all are there. */
  mark(): void {
    const { state } = this
    if (state?.status !== 'PrepareCommit' && state?.status !== 'PrepareAbort') return
    const index = this.#pending.pop()
    if (index === undefined) return this.tell({ kind: 'marked' })
    this.partitions[index]?.mark(state, state.status === 'PrepareCommit' ? 'committed' : 'aborted')
  }

  /** The coordinator reads its state back, and writes the markers of what is prepared anew. */
  crash(): void {
    if (this.state === null) return
    this.state = { ...this.state, lastProducerEpoch: noEpoch }
    if (this.state.status.startsWith('Prepare')) this.#prepareMarkers()
  }
}

/** A client, as they are: it remembers its epoch, and what it is about to end. */
class Producer {
  readonly #world: World
  readonly #version: number
  #id: ProducerIdAndEpoch | null = null
  #attempt: Attempt | null = null
  /** An end whose answer was lost. */
  #repeat: { readonly commit: boolean; readonly of: ProducerIdAndEpoch } | null = null

  constructor(world: World, version: number) {
    this.#world = world
    this.#version = version
  }

  init(isRecovery: boolean): void {
    const expected = isRecovery ? this.#id : null
    const ticket = new Ticket<InitAnswer>()
    this.#world.tell({
      ...{ kind: 'init', transactionalId: 't', ticket, timeoutMs: 60_000 },
      ...{ expected, freshProducerId: null },
    })
    const { error, ...id } = now(ticket)
    this.#attempt = null
    this.#repeat = null
    this.#id = null
    if (error === 'NONE') this.#take(id)
  }

  /** Nobody else has the epoch, or ever had it. */
  #take(id: ProducerIdAndEpoch): void {
    const key = `${id.producerId}/${id.producerEpoch}`
    expect(this.#world.given.get(key) ?? this, `${key} is another’s`).toBe(this)
    this.#world.given.set(key, this)
    this.#id = id
  }

  write(): void {
    const { random, partitions, attempts } = this.#world
    if (this.#id === null) return this.init(false)
    if (this.#repeat !== null) return
    const index = random.below(partitionCount)
    const ticket = new Ticket<string>()
    const add = new Map([[topic, new Set([index])]])
    const clientVersion = this.#version
    this.#world.tell({ kind: 'add', ticket, ...this.#id, partitions: add, clientVersion })
    if (now(ticket) !== 'NONE') return
    if (this.#attempt === null) {
      this.#attempt = { partitions: new Set(), records: [], told: null }
      attempts.push(this.#attempt)
    }
    const record = partitions[index]?.append(this.#id)
    if (record === undefined) return
    this.#attempt.partitions.add(index)
    this.#attempt.records.push(record)
  }

  end(commit: boolean, isLost: boolean): void {
    if (this.#id === null) return
    const { of, commit: decision } = this.#repeat ?? { of: this.#id, commit }
    const ticket = new Ticket<EndAnswer>()
    const request = { commit: decision, clientVersion: this.#version, freshProducerId: null }
    this.#world.tell({ kind: 'end', ticket, ...of, ...request })
    const { error, ...next } = now(ticket)
    if (isLost) {
      this.#repeat = { of, commit: decision }
      return
    }
    if (error === 'CONCURRENT_TRANSACTIONS') return
    this.#repeat = null
    if (error !== 'NONE') {
      this.#id = null
    } else {
      if (this.#attempt !== null) this.#attempt.told = decision ? 'committed' : 'aborted'
      if (this.#version >= 2) this.#take(next)
    }
    this.#attempt = null
  }
}

function now<T>(ticket: Ticket<T>): T {
  const result = ticket.result()
  if (result instanceof Promise) throw new Error('not answered')
  return result as T
}

function act(world: World, producers: readonly Producer[]): void {
  const { random } = world
  const producer = producers[random.below(producers.length)]
  const what = random.below(20)
  if (what < 2) producer?.init(random.below(2) === 0)
  else if (what < 8) producer?.write()
  else if (what < 12) producer?.end(random.below(3) > 0, random.below(4) === 0)
  else if (what < 17) world.mark()
  else if (what === 17) world.tell({ kind: 'timeout', freshProducerId: null })
  else if (what === 18) world.crash()
  else {
    world.nowMs += random.below(expirationMs)
    world.tell({ kind: 'expire' })
  }
}

/** Every attempt is there as a whole or not at all, and as its producer was told. */
function check({ attempts, partitions }: World): void {
  for (const { records, told } of attempts) {
    const outcomes = new Set(records.map(({ outcome }) => outcome))
    expect(outcomes.size).toBeLessThanOrEqual(1)
    if (told !== null && records.length > 0) expect([...outcomes]).toEqual([told])
  }
  expect(partitions.every(({ isClean }) => isClean)).toBe(true)
}

test.each(Array.from({ length: 100 }, (_, at) => at + 1))(
  'all or nothing, and epochs only grow (seed %i)',
  (seed) => {
    const world = new World(seed)
    const producers = [0, 0, 2, 2].map((version) => {
      return new Producer(world, Math.min(version, world.rules.serverVersion))
    })
    producers[0]?.init(false)
    if (seed % 2 === 0 && world.state !== null) {
      world.state = { ...world.state, producerEpoch: startEpoch }
    }
    for (let step = 0; step < stepsPerSeed; step++) act(world, producers)
    world.tell({ kind: 'timeout', freshProducerId: null })
    for (let step = 0; step <= partitionCount; step++) world.mark()
    expect(world.attempts.length).toBeGreaterThan(2)
    check(world)
  },
)
