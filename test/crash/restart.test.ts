// Stop and start: what a clean stop leaves, how a broker comes back to a large log that it was killed over,
// and to files that a crash has torn.
import { appendFileSync, existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { buildRecordBatch } from '../../protocol/records.ts'
import { newDataDirectory, startTestBroker } from '../support/broker.ts'
import {
  createTopic,
  fetchBatches,
  latest,
  offsetAt,
  readPartition,
} from '../support/partition-reader.ts'
import { WireClient } from '../support/wire-client.ts'

const MiB = 1 << 20
const topic = 'restarts'
const cleanMarker = '.kafka_cleanshutdown'
const largeLogMiB = Number(process.env['OTTLA_CRASH_LOG_MIB'] ?? 256)

test('a clean stop keeps topics, records and the identity of producer and cluster', async () => {
  const dataDir = newDataDirectory()
  const before = await startTestBroker({ dataDir })
  const client = await WireClient.open(before.bootstrap)
  await createTopic(client, { name: topic, partitions: 2 })
  const { producerId, producerEpoch } = await client.call('InitProducerId', 4, {
    transactionalId: null,
    transactionTimeoutMs: 1000,
  })
  const append = (to: WireClient, value: string, baseSequence: number) =>
    produce(to, 1, batchOf([value], { producerId, producerEpoch, baseSequence }))
  expect(await append(client, 'first', 0)).toEqual({ errorCode: 0, baseOffset: 0 })
  const identity = await identityOf(client)
  client.end()
  expect(existsSync(join(dataDir, cleanMarker))).toBe(false)
  expect(await before.stop({ keepData: true })).toEqual({ code: 0, signal: null })
  expect(existsSync(join(dataDir, cleanMarker))).toBe(true)

  const after = await startTestBroker({ dataDir })
  const again = await WireClient.open(after.bootstrap)
  expect(existsSync(join(dataDir, cleanMarker))).toBe(false)
  expect(await identityOf(again)).toEqual(identity)
  expect(await append(again, 'first', 0)).toEqual({ errorCode: 0, baseOffset: 0 })
  expect(await append(again, 'second', 1)).toEqual({ errorCode: 0, baseOffset: 1 })
  const values = (await readPartition(again, { topic, partition: 1 })).flatMap(({ records }) =>
    records.map(({ value }) => String(value)),
  )
  expect(values).toEqual(['first', 'second'])
  again.end()
  await after.stop()
})

test.each([0, 5, 200])(
  'a stop is clean with connected clients, %i ms after they ask',
  async (ms) => {
    const broker = await startTestBroker()
    const clients = await Promise.all(
      Array.from({ length: 60 }, () => WireClient.open(broker.bootstrap)),
    )
    const [maker] = clients
    if (maker !== undefined) await createTopic(maker, { name: topic, partitions: 1 })
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: MiB }]
    // A third waits for data, a third is gone, a third idles.
    const waiting = clients
      .filter((_, at) => at % 3 === 0)
      .map((client) =>
        client
          .call('Fetch', 11, {
            maxWaitMs: 60_000,
            minBytes: 1,
            topics: [{ topic, partitions }],
            forgottenTopicsData: [],
          })
          .catch(() => null),
      )
    await sleep(ms)
    for (const [at, client] of clients.entries()) if (at % 3 === 1) client.end()
    const exit = await broker.stop({ keepData: true })
    expect({ ...exit, output: broker.output() }).toMatchObject({ code: 0, signal: null })
    expect(existsSync(join(broker.dataDir, cleanMarker))).toBe(true)
    expect(await Promise.all(waiting)).toHaveLength(20)
  },
)

test('a stop is clean when a client vanished while its JoinGroup was parked', async () => {
  const overrides = { 'group.initial.rebalance.delay.ms': 60_000 }
  const broker = await startTestBroker({ overrides })
  const client = await WireClient.open(broker.bootstrap)
  const request = {
    groupId: 'parked',
    sessionTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  }
  const joining = client.call('JoinGroup', 0, request).catch(() => 'closed')
  await sleep(300)
  client.end()
  expect(await joining).toBe('closed')
  const exit = await broker.stop({ keepData: true })
  expect({ ...exit, output: broker.output() }).toMatchObject({ code: 0, signal: null })
  expect(existsSync(join(broker.dataDir, cleanMarker))).toBe(true)
})

test('a broker killed over a large log is back with all of it', async () => {
  const partitions = 4
  const before = await startTestBroker()
  const client = await WireClient.open(before.bootstrap)
  const configs = { 'segment.bytes': 64 * MiB }
  await createTopic(client, { name: topic, partitions }, configs)
  const batch = batchOf(Array.from({ length: 100 }, () => 'x'.repeat(10_000)))
  const batches = Math.floor((largeLogMiB * MiB) / batch.length)
  const answers: Promise<{ errorCode: number }>[] = []
  for (let at = 0; at < batches; at++) {
    answers.push(produce(client, at % partitions, batch))
    if (answers.length >= partitions) expect((await answers.shift())?.errorCode).toBe(0)
  }
  expect((await Promise.all(answers)).every(({ errorCode }) => errorCode === 0)).toBe(true)
  client.end()
  await before.kill()

  const start = performance.now()
  const after = await startTestBroker({ dataDir: before.dataDir })
  const seconds = (performance.now() - start) / 1000
  process.stdout.write(`ready ${seconds.toFixed(2)} s after kill -9 over ${largeLogMiB} MiB\n`)
  const again = await WireClient.open(after.bootstrap)
  for (let partition = 0; partition < partitions; partition++) {
    const where = { topic, partition }
    const records = Math.ceil((batches - partition) / partitions) * 100
    expect(await offsetAt(again, where, latest)).toBe(records)
    for (const offset of [0, records >> 1, records - 1]) {
      const [found] = await fetchBatches(again, where, offset, 1)
      expect(found?.baseOffset).toBe(offset - (offset % 100))
      expect(found?.records).toHaveLength(100)
    }
  }
  again.end()
  await after.stop()
})

test('a torn tail is cut off, lost indexes are made again, and writing goes on', async () => {
  const before = await startTestBroker()
  const client = await WireClient.open(before.bootstrap)
  const where = { topic, partition: 0 }
  await createTopic(client, { name: topic, partitions: 1 }, { 'segment.bytes': MiB })
  const value = 'y'.repeat(1000)
  const count = 3000
  for (let at = 0; at < count; at += 10) {
    const values = Array.from({ length: 10 }, (_, more) => `${at + more} ${value}`)
    expect((await produce(client, 0, batchOf(values))).errorCode).toBe(0)
  }
  client.end()
  await before.kill()
  tearTail(join(before.dataDir, `${topic}-0`))

  const after = await startTestBroker({ dataDir: before.dataDir })
  const again = await WireClient.open(after.bootstrap)
  const kept = count - 10 // the last batch was torn
  const read = await readPartition(again, where)
  const numbers = read.flatMap(({ records }) => records.map((one) => parseInt(String(one.value))))
  expect(numbers).toEqual(Array.from({ length: kept }, (_, number) => number))
  expect(await produce(again, 0, batchOf(['next']))).toEqual({ errorCode: 0, baseOffset: kept })
  const [found] = await fetchBatches(again, where, 5, 1)
  expect(found?.baseOffset).toBe(0)
  again.end()
  await after.stop()
})

/** Takes the last bytes of the log, the indexes of the first segment, and ends the last ones in garbage. */
function tearTail(directory: string): void {
  const files = readdirSync(directory).sort()
  const logs = files.filter((name) => name.endsWith('.log'))
  const [firstLog = '', lastLog = ''] = [logs[0], logs.at(-1)]
  expect(logs.length).toBeGreaterThan(2)
  const lastPath = join(directory, lastLog)
  truncateSync(lastPath, statSync(lastPath).size - 7)
  for (const ending of ['.index', '.timeindex']) {
    rmSync(join(directory, firstLog.replace('.log', ending)))
    appendFileSync(join(directory, lastLog.replace('.log', ending)), Buffer.alloc(24, 0x7f))
  }
}

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

function batchOf(values: readonly string[], identity: Partial<Identity> = {}): Buffer {
  const timestamp = Date.now()
  const records = values.map((value) => ({ timestamp, key: null, value: Buffer.from(value) }))
  return buildRecordBatch({ records, ...identity })
}

async function produce(
  client: WireClient,
  partition: number,
  records: Buffer,
): Promise<{ errorCode: number; baseOffset: number }> {
  const { responses } = await client.call('Produce', 9, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  })
  const { errorCode = -1, baseOffset = -1 } = responses[0]?.partitionResponses[0] ?? {}
  return { errorCode, baseOffset }
}

/** Cluster id, topic id and partitions: what must not change at a restart. */
async function identityOf(client: WireClient): Promise<unknown> {
  const metadata = await client.call('Metadata', 12, {
    topics: [{ name: topic }],
    allowAutoTopicCreation: false,
  })
  const { errorCode, topicId, partitions } = metadata.topics[0] ?? {}
  return { clusterId: metadata.clusterId, errorCode, topicId, partitions: partitions?.length }
}
