// Transactions are all or nothing: the broker dies at every write of a transaction's life, and what
// the next one shows of it is decided by whether the decision was stored.
import { expect, test } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { batchIsControl, batchSizeAt } from '../../protocol/record-batch.ts'
import { buildRecordBatch, readRecords } from '../../protocol/records.ts'
import { SimDisk } from '../../src/testing/sim-disk.ts'
import { SimBroker } from '../support/sim-broker.ts'

const settings = {
  'transaction.state.log.num.partitions': '1',
  'offsets.topic.num.partitions': '1',
}
const transactionalId = 't'
const groupId = 'g'
const partitionCount = 2

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** How far the client got: what it was told. */
interface Progress {
  producer: Producer | null
  /** Values of transactions whose end was acknowledged, or asked for and not answered. */
  readonly acknowledged: string[]
  readonly aborted: string[]
  readonly undecided: string[]
}

class Refused extends Error {}

/** Lets simulated time pass until the answer is there. */
async function answered<T>(broker: SimBroker, asked: Promise<T>): Promise<T> {
  let isThere = false
  const there = () => {
    isThere = true
  }
  asked.then(there, there)
  for (let turn = 0; !isThere && turn < 1000; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    if (turn > 5) broker.clock.advance(50)
  }
  return asked
}

async function begin(broker: SimBroker): Promise<Producer> {
  const answer = await answered(
    broker,
    broker.ask('InitProducerId', 5, {
      transactionalId,
      transactionTimeoutMs: 60_000,
    }),
  )
  if (answer.errorCode !== 0) throw new Refused(errorName(answer.errorCode))
  const { producerId, producerEpoch } = answer
  return { producerId, producerEpoch }
}

async function produce(broker: SimBroker, producer: Producer, value: string): Promise<void> {
  const partitionData = Array.from({ length: partitionCount }, (_, index) => ({
    index,
    records: buildRecordBatch({
      records: [{ timestamp: broker.clock.nowMs(), key: null, value: Buffer.from(value) }],
      ...producer,
      baseSequence: 0,
      isTransactional: true,
    }),
  }))
  const answer = await answered(
    broker,
    broker.ask('Produce', 12, {
      transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 'out', partitionData }],
    }),
  )
  for (const { partitionResponses } of answer.responses) {
    for (const { errorCode } of partitionResponses) {
      if (errorCode !== 0) throw new Refused(errorName(errorCode))
    }
  }
}

async function commitOffset(broker: SimBroker, producer: Producer, offset: number): Promise<void> {
  const answer = await answered(
    broker,
    broker.ask('TxnOffsetCommit', 5, {
      transactionalId,
      groupId,
      ...producer,
      topics: [
        {
          name: 'in',
          partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }],
        },
      ],
    }),
  )
  const code = answer.topics[0]?.partitions[0]?.errorCode ?? -1
  if (code !== 0) throw new Refused(errorName(code))
}

async function end(broker: SimBroker, producer: Producer, committed: boolean): Promise<Producer> {
  const asked = broker.ask('EndTxn', 5, { transactionalId, ...producer, committed })
  const answer = await answered(broker, asked)
  if (answer.errorCode !== 0) throw new Refused(errorName(answer.errorCode))
  const { producerId, producerEpoch } = answer
  return { producerId, producerEpoch }
}

/** Three transactions: committed, aborted, committed. Throws Refused where the disk refuses. */
async function life(broker: SimBroker, progress: Progress): Promise<void> {
  progress.producer = await begin(broker)
  for (const [index, committed] of [true, false, true].entries()) {
    const value = `v${index}`
    await produce(broker, progress.producer, value)
    await commitOffset(broker, progress.producer, index + 1)
    progress.undecided.push(committed ? value : `not ${value}`)
    progress.producer = await end(broker, progress.producer, committed)
    progress.undecided.pop()
    if (committed) progress.acknowledged.push(value)
    else progress.aborted.push(value)
  }
}

/** What a read_committed consumer sees of each partition, once nothing is open. */
async function committedValues(broker: SimBroker): Promise<string[][]> {
  const seen: string[][] = []
  for (let partition = 0; partition < partitionCount; partition++) {
    const answer = await broker.ask('Fetch', 11, {
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel: 1,
      topics: [
        {
          topic: 'out',
          partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }],
        },
      ],
    })
    const data = answer.responses[0]?.partitions[0]
    expect(data?.errorCode).toBe(0)
    expect(data?.lastStableOffset).toBe(data?.highWatermark)
    const aborted = data?.abortedTransactions ?? []
    seen.push(await valuesOf(data?.records ?? Buffer.alloc(0), aborted))
  }
  return seen
}

/** As a client does it: from an aborted transaction's first offset on, until its marker. */
async function valuesOf(
  bytes: Buffer,
  aborted: readonly { producerId: number; firstOffset: number }[],
): Promise<string[]> {
  const values: string[] = []
  const pending = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
  const inAborted = new Set<number>()
  for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at, bytes.length)) {
    const producerId = Number(bytes.readBigInt64BE(at + 43))
    const records = await readRecords(bytes, at, 1_000_000)
    const last = records.at(-1)?.offset ?? 0
    while (pending[0] !== undefined && pending[0].firstOffset <= last) {
      inAborted.add(pending.shift()?.producerId ?? -1)
    }
    if (batchIsControl(bytes, at)) inAborted.delete(producerId)
    else if (!inAborted.has(producerId)) {
      values.push(...records.map(({ value }) => value?.toString() ?? ''))
    }
  }
  return values
}

async function committedOffset(broker: SimBroker): Promise<number> {
  const answer = await broker.ask('OffsetFetch', 7, {
    groupId,
    topics: [{ name: 'in', partitionIndexes: [0] }],
    requireStable: true,
  })
  const partition = answer.topics[0]?.partitions[0]
  expect(partition?.errorCode).toBe(0)
  return partition?.committedOffset ?? -2
}

async function prepared(): Promise<SimDisk> {
  const broker = await SimBroker.start(settings)
  await broker.createTopic('in')
  await broker.createTopic('out', partitionCount)
  await broker.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [groupId] })
  await broker.ask('FindCoordinator', 4, { keyType: 1, coordinatorKeys: [transactionalId] })
  await broker.core.close()
  return broker.disk.kill()
}

/** A new producer takes the id over: what was open is aborted, what was decided is carried out. */
async function takeOver(broker: SimBroker): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      await begin(broker)
      return
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      expect(error.message).toBe('CONCURRENT_TRANSACTIONS')
    }
  }
  throw new Error('the transactional id is stuck')
}

/** Dies at the given write (all writes from it on fail); undefined once there is no such write. */
async function dieAt(start: SimDisk, write: number, partialBytes: number, power: boolean) {
  const disk = start.kill()
  const durability = power ? { 'ottla.durability': 'fsync' } : {}
  const broker = await SimBroker.start({ ...settings, ...durability }, { disk })
  disk.fail({ call: 'write', code: 'EIO', after: write, partialBytes })
  const progress: Progress = { producer: null, acknowledged: [], aborted: [], undecided: [] }
  let finished = true
  try {
    await life(broker, progress)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    finished = false
  }
  disk.heal()
  broker.core.abandon()
  expect(broker.bugs).toEqual([])
  const next = await SimBroker.start(settings, { disk: power ? disk.crash() : disk.kill() })
  await takeOver(next)
  const [first, second] = await committedValues(next)
  expect(first).toEqual(second)
  expectAllOrNothing(first ?? [], await committedOffset(next), progress)
  expect(next.bugs).toEqual([])
  return finished
}

function expectAllOrNothing(values: string[], offset: number, progress: Progress): void {
  const { acknowledged, aborted, undecided } = progress
  // What was acknowledged is there; what was asked for and not answered may be, as a whole.
  const [asked] = undecided
  const allowed = [acknowledged, asked === undefined ? acknowledged : [...acknowledged, asked]]
  expect(allowed).toContainEqual(values)
  for (const value of aborted) expect(values).not.toContain(value)
  // The offset is that of the last transaction that is there.
  const last = values.at(-1)
  expect(offset).toBe(last === undefined ? -1 : Number(last.slice(1)) + 1)
}

test.each([
  ['the process dies between two writes', 0, false],
  ['the process dies in the middle of a write', 20, false],
  ['the power fails, with ottla.durability=fsync', 0, true],
])('%s: each transaction is there as a whole, or not at all', async (_how, partial, power) => {
  const start = await prepared()
  let points = 0
  for (let write = 0; ; write++) {
    const finished = await dieAt(start, write, partial, power)
    points += 1
    if (finished) break
  }
  // Three transactions of two partitions and an offset: additions, data, decisions, markers, ends.
  expect(points).toBeGreaterThan(25)
})
