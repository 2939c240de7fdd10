// Transactional clients of a simulated world. One writes to several partitions and commits or aborts; the
// other reads, transforms and writes, with its offsets in the transaction. Both are killed now and then and
// take over from themselves: what the dead one had sent may still arrive, and must be fenced.
import { batchOf, committedRecords } from '../batches.ts'
import type { ProducerIdentity } from '../batches.ts'
import { Client, Refusal, endOf } from '../client.ts'
import type { SentRecord } from '../history.ts'
import { errorName } from '../../../protocol/errors.ts'
import { Unanswered } from '../network.ts'
import type { Target } from './producers.ts'

const timeoutMs = 4000
export const processorGroup = 'processor'

/** Which of the two protocols a client speaks: 2 adds partitions by writing to them (KIP-890). */
export type TransactionVersion = 1 | 2

/** A transactional id and who has it now. */
class Transactor {
  readonly client: Client
  readonly id: string
  readonly version: TransactionVersion
  #identity: ProducerIdentity = { producerId: -1, producerEpoch: -1 }
  #sequences = new Map<string, number>()
  #added = new Set<string>()
  #count = 0
  /** The transaction that is open. */
  name = ''

  constructor(client: Client, id: string, version: TransactionVersion) {
    this.client = client
    this.id = id
    this.version = version
  }

  get identity(): ProducerIdentity {
    return this.#identity
  }

  /** Takes the id over: what was open is aborted, or carried out where that was decided. */
  async init(): Promise<boolean> {
    const done = await this.client.insist(async () => {
      const request = { transactionalId: this.id, transactionTimeoutMs: timeoutMs }
      const answer = await this.client.call('InitProducerId', 5, request)
      expectNone(answer.errorCode)
      this.#become(answer)
      this.#sequences = new Map()
      this.client.note(`is producer ${answer.producerId} epoch ${answer.producerEpoch}`)
      return true
    })
    return done ?? false
  }

  #become(answer: { producerId: number; producerEpoch: number }): void {
    this.#identity = { producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch }
  }

  /** What is left of it in the network when it dies: it has the identity of now, for ever. */
  ghost(): Transactor {
    const ghost = new Transactor(this.client, this.id, this.version)
    ghost.#identity = this.#identity
    ghost.#sequences = new Map(this.#sequences)
    ghost.#added = new Set(this.#added)
    ghost.name = this.name
    return ghost
  }

  begin(): void {
    this.#count += 1
    this.name = `${this.id}#${this.#count}`
    this.#added = new Set()
  }

  /** @throws Refusal, Unanswered: the transaction cannot go on. */
  async write(target: Target, records: readonly SentRecord[]): Promise<void> {
    const partition = `${target.topic}-${target.partition}`
    const values = records.map(({ value }) => value)
    if (this.version === 1) await this.#add(target, partition)
    const baseSequence = this.#sequences.get(partition) ?? 0
    this.#sequences.set(partition, baseSequence + records.length)
    const batch = await batchOf(records, { ...this.#identity, baseSequence, isTransactional: true })
    this.client.history.transactionSends(this.name, partition, values)
    const version = this.version === 1 ? 9 : 12
    await this.client.produce(target, records, batch, { transactionalId: this.id, version })
  }

  async #add({ topic: name, partition }: Target, key: string): Promise<void> {
    if (this.#added.has(key)) return
    const { producerId, producerEpoch } = this.#identity
    const answer = await this.client.call('AddPartitionsToTxn', 3, {
      v3AndBelowTransactionalId: this.id,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name, partitions: [partition] }],
    })
    const [result] = answer.resultsByTopicV3AndBelow[0]?.resultsByPartition ?? []
    expectNone(result?.partitionErrorCode)
    this.#added.add(key)
  }

  /** @throws Refusal, Unanswered */
  async commitOffset(at: Target, committedOffset: number): Promise<void> {
    const { id: transactionalId } = this
    const groupId = processorGroup
    if (this.version === 1) {
      const request = { transactionalId, ...this.#identity, groupId }
      expectNone((await this.client.call('AddOffsetsToTxn', 3, request)).errorCode)
    }
    const partitions = [{ partitionIndex: at.partition, committedOffset, committedMetadata: '' }]
    const topics = [{ name: at.topic, partitions }]
    const request = { transactionalId, groupId, ...this.#identity, topics }
    const answer = await this.client.call('TxnOffsetCommit', this.version === 1 ? 3 : 5, request)
    expectNone(answer.topics[0]?.partitions[0]?.errorCode)
  }

  /** Asks until it is answered, as a client does: the decision may have been taken. */
  async end(committed: boolean): Promise<void> {
    const { history } = this.client
    history.transactionIs(this.name, committed ? 'commit asked' : 'abort asked')
    for (;;) {
      try {
        const { id: transactionalId } = this
        const request = { transactionalId, ...this.#identity, committed }
        const answer = await this.client.call('EndTxn', this.version === 1 ? 3 : 5, request)
        expectNone(answer.errorCode)
        history.transactionIs(this.name, committed ? 'committed' : 'aborted')
        if (this.version === 2) {
          this.#become(answer)
          this.#sequences = new Map()
        }
        this.client.note(`${this.name} ${committed ? 'committed' : 'aborted'}`)
        return
      } catch (error) {
        if (!(error instanceof Unanswered) && !isPassing(error)) throw error
        if (this.client.isOver || this.client.draw.chance(15)) throw error
        await this.client.sleep(this.client.draw.between(20, 200))
      }
    }
  }
}

function expectNone(errorCode: number | undefined): void {
  if (errorCode !== 0) throw new Refusal(errorName(errorCode ?? -1))
}

const passing = new Set(['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS'])

function isPassing(error: unknown): boolean {
  return error instanceof Refusal && passing.has(error.error)
}

/** What a transaction may meet: then it is given up, and the id taken over anew. */
function isExpected(error: unknown): boolean {
  return error instanceof Refusal || error instanceof Unanswered
}

/** Writes to two partitions in each transaction, and commits or aborts. */
export async function transact(client: Client, version: TransactionVersion): Promise<void> {
  const transactor = new Transactor(client, client.name, version)
  let number = 0
  let mustInit = true
  while (!client.isOver) {
    try {
      if (mustInit && !(await transactor.init())) return
      mustInit = false
      transactor.begin()
      for (let write = client.draw.between(1, 4); write > 0; write--) {
        const partition = client.draw.below(2)
        const records = recordsFor(client, partition, number)
        number += records.length
        await transactor.write({ topic: 'ledger', partition }, records)
        await client.sleep(client.draw.pick([0, 10, 100]))
        if (client.draw.chance(3)) throw new Unanswered('killed in the middle of a transaction')
        if (client.draw.chance(4)) {
          number = leaveBehind(client, transactor, number)
          throw new Unanswered('killed with a write under way')
        }
      }
      await transactor.end(client.draw.chance(70))
      await client.sleep(client.draw.pick([0, 20, 300]))
    } catch (error) {
      if (!isExpected(error)) throw error
      client.note(`gives ${transactor.name} up: ${String(error)}`)
      if (client.draw.chance(40)) client.restart()
      await client.sleep(client.draw.between(10, 200))
      mustInit = true
    }
  }
}

/** Sends, and dies at once: the write arrives when somebody else has the id, perhaps. */
function leaveBehind(client: Client, transactor: Transactor, number: number): number {
  const partition = client.draw.below(2)
  const records = recordsFor(client, partition, number)
  const ghost = transactor.ghost()
  client
    .sleep(client.draw.between(0, 800))
    .then(() => ghost.write({ topic: 'ledger', partition }, records))
    .catch((error: unknown) => {
      if (!isExpected(error)) client.history.broken(`${client.name}: ${String(error)}`)
    })
  client.restart()
  return number + records.length
}

function recordsFor(client: Client, partition: number, first: number): SentRecord[] {
  const producer = `${client.name}.${partition}`
  return Array.from({ length: client.draw.between(1, 3) }, (_, index) => {
    const number = first + index
    const facts = { key: null, timestampMs: client.nowMs(), isIdempotent: true }
    return { value: `${producer}:${number}`, producer, number, ...facts }
  })
}

const input = { topic: 'input', partition: 0 }
const output = { topic: 'output', partition: 0 }

/** Reads `input`, writes one record per record to `output`, exactly once. */
export async function transform(client: Client, version: TransactionVersion): Promise<void> {
  const transactor = new Transactor(client, client.name, version)
  let life = 0
  let position: number | null = null
  while (!client.isOver) {
    try {
      if (position === null) {
        life += 1
        if (!(await transactor.init())) return
        position = await startingPoint(client)
      }
      position = await transformSome(client, transactor, position, life)
      await client.sleep(client.draw.pick([0, 20, 200]))
    } catch (error) {
      if (!isExpected(error)) throw error
      client.note(`gives ${transactor.name} up: ${String(error)}`)
      if (client.draw.chance(50)) client.restart()
      await client.sleep(client.draw.between(10, 200))
      position = null
    }
  }
}

async function startingPoint(client: Client): Promise<number> {
  const topics = [{ name: input.topic, partitionIndexes: [input.partition] }]
  const request = { groupId: processorGroup, topics, requireStable: true }
  const answer = await client.call('OffsetFetch', 7, request)
  expectNone(answer.errorCode)
  const partition = answer.topics[0]?.partitions[0]
  expectNone(partition?.errorCode)
  const committed = Number(partition?.committedOffset ?? -1)
  const end = await client.offsetAt(input.topic, input.partition, -1)
  client.note(`goes on at ${committed}`)
  // Only power loss lets a log end before what was committed of it.
  if (committed > end && !client.history.hadPowerFailure) {
    client.history.broken(`${client.name} committed ${committed} of a log that ends at ${end}`)
  }
  return Math.min(Math.max(0, committed), end)
}

/** One transaction; the position behind it. */
async function transformSome(
  client: Client,
  transactor: Transactor,
  position: number,
  life: number,
): Promise<number> {
  const at = { ...input, offset: position }
  const fetched = await client.fetch(at, { committedOnly: true, maxWaitMs: 200 })
  const records = committedRecords(fetched.batches, fetched.aborted).slice(0, 5)
  const last = records.at(-1)
  if (last === undefined) return endOf(fetched, position)
  transactor.begin()
  // The same input may be written by more than one life; only one of them may be seen.
  const written = records.map(({ offset }, index) => ({
    value: `${offset}/${life}.${transactor.name}.${index}`,
    key: null,
    timestampMs: client.nowMs(),
    producer: client.name,
    number: offset,
    isIdempotent: false,
  }))
  await transactor.write(output, written)
  await transactor.commitOffset(input, last.offset + 1)
  const isCommitted = client.draw.chance(80)
  await transactor.end(isCommitted)
  return isCommitted ? last.offset + 1 : position
}

/** Which record of `input` a record of `output` was made from. */
export function inputOffsetOf(value: string): number {
  return Number.parseInt(value, 10)
}
