// The broker is killed (SIGKILL) again and again while producers write. Nothing that it acknowledged may be
// missing, moved or out of order afterwards, nothing of an idempotent producer may be there twice, and
// every index must lead to where the records are.
import { expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestBroker } from '../support/broker.ts'
import {
  createTopic,
  fetchBatches,
  offsetAt,
  readPartition,
  type PartitionOf,
  type StoredBatch,
} from '../support/partition-reader.ts'
import { parseValue, SteadyProducer } from '../support/steady-producer.ts'
import { WireClient } from '../support/wire-client.ts'

const topic = 'survivors'
const partitions = [0, 1, 2]
const kills = Number(process.env['OTTLA_CRASH_KILLS'] ?? 5)
const loadMillisMin = 200
const loadMillisSpread = 500
const segmentBytes = 1 << 20
const recordBytes = 180
const lookUpEvery = 7

test('kill -9 while producers write loses nothing acknowledged, anywhere', async () => {
  const first = await startTestBroker()
  const { port, dataDir, bootstrap } = first
  let broker = first
  const setup = await WireClient.open(bootstrap)
  const configs = { 'segment.bytes': segmentBytes, 'index.interval.bytes': 1024 }
  await createTopic(setup, { name: topic, partitions: partitions.length }, configs)
  setup.end()

  const producers = partitions.flatMap((partition) =>
    ['idempotent', 'plain'].map((kind) => {
      const idempotent = kind === 'idempotent'
      const name = `${kind}-${partition}`
      const recordsMax = 4 + 4 * partition
      const options = { bootstrap, topic, partition, name, idempotent, recordBytes, recordsMax }
      return new SteadyProducer(options)
    }),
  )
  const runs = producers.map((producer) => producer.run())
  for (let kill = 0; kill < kills; kill++) {
    await sleep(loadMillisMin + Math.random() * loadMillisSpread)
    await broker.kill()
    broker = await startTestBroker({ port, dataDir })
  }
  await sleep(loadMillisMin)
  for (const producer of producers) producer.stop()
  await Promise.all(runs)
  expect(producers.flatMap((producer) => producer.refusals)).toEqual([])

  const client = await WireClient.open(bootstrap)
  for (const partition of partitions) {
    const where = { topic, partition }
    const batches = await readPartition(client, where)
    const own = producers.filter((producer) => producer.options.partition === partition)
    for (const producer of own) expectWhole(producer, batches)
    await expectIndexesLeadToEverything(client, where, batches)
  }
  client.end()
  await broker.stop()
})

/** What the producer was told is stored, is stored there; in order, and once if it is idempotent. */
function expectWhole(producer: SteadyProducer, batches: readonly StoredBatch[]): void {
  const { name, idempotent } = producer.options
  const byOffset = new Map<number, number>()
  const stored: number[] = []
  for (const { offset, value } of batches.flatMap(({ records }) => records)) {
    const record = parseValue(value)
    if (record.name !== name) continue
    stored.push(record.number)
    byOffset.set(offset, record.number)
  }
  const astray = producer.acknowledged.filter(({ first, count, baseOffset }) =>
    Array.from({ length: count }, (_, at) => byOffset.get(baseOffset + at) === first + at).includes(
      false,
    ),
  )
  expect(astray).toEqual([])
  const everything = Array.from({ length: producer.sent }, (_, number) => number)
  expect(everything.length).toBeGreaterThan(0)
  // A plain producer repeats what a crash left unanswered; what came first is in order all the same.
  expect(idempotent ? stored : [...new Set(stored)]).toEqual(everything)
}

/** Any offset is found by number, and the first offset of any time by time. */
async function expectIndexesLeadToEverything(
  client: WireClient,
  where: PartitionOf,
  batches: readonly StoredBatch[],
): Promise<void> {
  const firstAt = firstOffsetsByTime(batches)
  const wrong: unknown[] = []
  for (const [index, batch] of batches.entries()) {
    if (index % lookUpEvery !== 0 && index < batches.length - lookUpEvery) continue
    const middle = batch.baseOffset + ((batch.lastOffset - batch.baseOffset) >> 1)
    const [found] = await fetchBatches(client, where, middle, 1)
    if (found?.baseOffset !== batch.baseOffset) wrong.push({ offset: middle, found })
    const { timestamp = -1 } = batch.records[0] ?? {}
    const offset = await offsetAt(client, where, timestamp)
    if (offset !== firstAt.get(timestamp)) wrong.push({ timestamp, offset })
  }
  expect(wrong).toEqual([])
}

/** For each record's timestamp: the first offset whose record is as late or later. */
function firstOffsetsByTime(batches: readonly StoredBatch[]): Map<number, number> {
  const first = new Map<number, number>()
  const records = batches.flatMap((batch) => batch.records)
  const times = [...new Set(records.map(({ timestamp }) => timestamp))].sort((a, b) => a - b)
  let next = 0
  for (const { offset, timestamp } of records) {
    for (; next < times.length && (times[next] ?? 0) <= timestamp; next++) {
      first.set(times[next] ?? 0, offset)
    }
  }
  return first
}
