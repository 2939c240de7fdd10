// Large answers over a real socket, which the kernel sends from the log's file where it can: every byte
// arrives, in order, whatever the reader's pace, and whatever becomes of the file meanwhile.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildRecordBatch } from '../../protocol/records.ts'
import { newDataDirectory, startTestBroker, type TestBroker } from '../support/broker.ts'
import { SeededRandom } from '../support/mutations.ts'
import { createTopic } from '../support/partition-reader.ts'
import { decodeResponseFrame, encodeRequestFrame, WireClient } from '../support/wire-client.ts'

const MiB = 1 << 20
const topic = 'large'
const batchCount = 24
const recordBytes = 800_000

let broker: TestBroker
let client: WireClient
let dataDir: string

beforeEach(async () => {
  dataDir = newDataDirectory()
  broker = await startTestBroker({ dataDir })
  client = await WireClient.open(broker.bootstrap)
})

afterEach(async () => {
  client.end()
  await broker.stop()
})

/** Batches of one record of noise each; what the log holds then. */
async function fill(configs: Record<string, string> = {}): Promise<Buffer> {
  const random = new SeededRandom(42)
  await createTopic(client, { name: topic, partitions: 1 }, configs)
  for (let index = 0; index < batchCount; index++) {
    const value = Buffer.from(Array.from({ length: recordBytes / 8 }, () => random.below(256)))
    const record = {
      timestamp: 1_700_000_000_000,
      key: null,
      value: Buffer.concat(Array<Buffer>(8).fill(value)),
    }
    const { responses } = await client.call('Produce', 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [
        {
          name: topic,
          partitionData: [{ index: 0, records: buildRecordBatch({ records: [record] }) }],
        },
      ],
    })
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  }
  return logBytes()
}

function logBytes(): Buffer {
  const directory = join(dataDir, `${topic}-0`)
  const names = readdirSync(directory).filter((name) => name.endsWith('.log'))
  return Buffer.concat(names.sort().map((name) => readFileSync(join(directory, name))))
}

function fetchFrame(fetchOffset: number, maxBytes: number): Buffer {
  const request = {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: maxBytes }] }],
    forgottenTopicsData: [],
  }
  return encodeRequestFrame('Fetch', 12, request, {
    correlationId: fetchOffset,
    clientId: 'reader',
  })
}

async function nextRecords(connection: WireClient['connection']): Promise<Buffer> {
  const frame = await connection.next(30_000)
  if (typeof frame === 'string') throw new Error(`the broker is ${frame}`)
  const { responses } = decodeResponseFrame('Fetch', 12, frame).response
  const answer = responses[0]?.partitions[0]
  expect(answer?.errorCode).toBe(0)
  return Buffer.from(answer?.records as Buffer)
}

/** Where the batch with an offset begins: all are of one size. */
const positionOf = (log: Buffer, offset: number): number => (log.length / batchCount) * offset

test('answers of megabytes arrive whole and in order, also at a peer that does not read for a while', async () => {
  const log = await fill()
  const { connection } = client
  connection.pause()
  for (let offset = 0; offset < batchCount; offset++) {
    void connection.write(fetchFrame(offset, 3 * MiB))
  }
  await sleep(300)
  connection.resume()
  for (let offset = 0; offset < batchCount; offset++) {
    const records = await nextRecords(connection)
    const from = positionOf(log, offset)
    const expected = log.subarray(from, from + 3 * MiB)
    expect(records.equals(expected), `the answer from offset ${offset}`).toBe(true)
  }
})

test('large partitions of one answer arrive whole, with one between them that gives nothing', async () => {
  const log = await fill()
  const partition = (fetchOffset: number, partitionMaxBytes: number) => ({
    topic,
    partitions: [{ partition: 0, fetchOffset, partitionMaxBytes }],
  })
  const { responses } = await client.call('Fetch', 12, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 8 * MiB,
    topics: [partition(0, 2 * MiB), partition(3, 1000), partition(5, 1 * MiB)],
    forgottenTopicsData: [],
  })
  const records = responses.flatMap(({ partitions }) =>
    partitions.map((answer) => Buffer.from(answer.records as Buffer)),
  )
  const expected = [
    log.subarray(0, 2 * MiB),
    // Its first batch is larger than it may be, and the answer is not empty.
    Buffer.alloc(0),
    log.subarray(positionOf(log, 5), positionOf(log, 5) + 1 * MiB),
  ]
  expect(records.map((bytes, index) => bytes.equals(expected[index] ?? Buffer.alloc(1)))).toEqual([
    true,
    true,
    true,
  ])
})

test('a reader that left in the middle leaves the broker as it was', async () => {
  const log = await fill()
  for (let round = 0; round < 5; round++) {
    const leaver = await WireClient.open(broker.bootstrap)
    leaver.connection.pause()
    for (let offset = 0; offset < 8; offset++) {
      void leaver.connection.write(fetchFrame(offset, 8 * MiB))
    }
    await sleep(50)
    leaver.end()
  }
  void client.connection.write(fetchFrame(0, 1 * MiB))
  expect((await nextRecords(client.connection)).equals(log.subarray(0, 1 * MiB))).toBe(true)
})

test('what a slow peer was promised arrives though its topic was deleted meanwhile', async () => {
  const log = await fill({ 'file.delete.delay.ms': '0' })
  const slow = await WireClient.open(broker.bootstrap)
  slow.connection.pause()
  const frames = [0, 4, 8].map((offset) => fetchFrame(offset, 4 * MiB))
  void slow.connection.write(Buffer.concat(frames))
  await sleep(200)
  const { responses } = await client.call('DeleteTopics', 5, {
    topicNames: [topic],
    timeoutMs: 10_000,
  })
  expect(responses[0]?.errorCode).toBe(0)
  await sleep(200)
  expect(existsSync(join(dataDir, `${topic}-0`))).toBe(false)
  slow.connection.resume()
  const from = positionOf(log, 0)
  expect((await nextRecords(slow.connection)).equals(log.subarray(from, from + 4 * MiB))).toBe(true)
  slow.end()
})
