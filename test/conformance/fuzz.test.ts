// Peers that no broker should trust: damaged frames, endless frames, peers that never read. The broker stays
// up, its memory stays bounded, and a well-behaved client beside them notices nothing.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildRecordBatch } from '../../protocol/records.ts'
import { newDataDirectory, startTestBroker, type TestBroker } from '../support/broker.ts'
import { damagedFrame, recordedFrames, SeededRandom } from '../support/mutations.ts'
import { createTopic, fetchBatches, readPartition } from '../support/partition-reader.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { encodeRequestFrame, WireClient } from '../support/wire-client.ts'

const fuzzSeconds = Number(process.env['OTTLA_FUZZ_SECONDS'] ?? 15)
const seed = Number(process.env['OTTLA_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const fuzzers = 8
const answerWaitMs = 30
const residentMiBMax = 500
const MiB = 1 << 20
const where = { topic: 'well-behaved', partition: 0 }
const bugWords = ['met a bug', 'internal error', 'AssertionFailure', 'TypeError', 'RangeError']

let broker: TestBroker
let neighbour: Neighbour

beforeEach(async () => {
  broker = await startTestBroker({ dataDir: newDataDirectory() })
  neighbour = await Neighbour.move(broker.bootstrap)
})

afterEach(async () => {
  await neighbour.leave()
  await broker.stop()
})

/** A client that writes and reads steadily, whatever happens around it. */
class Neighbour {
  written = 0
  slowestMs = 0
  readonly #client: WireClient
  readonly #running: Promise<void>
  #leaving = false

  private constructor(client: WireClient) {
    this.#client = client
    this.#running = this.#live()
    this.#running.catch(() => undefined) // `leave` reports it
  }

  static async move(bootstrap: string): Promise<Neighbour> {
    const client = await WireClient.open(bootstrap)
    await createTopic(client, { name: where.topic, partitions: 1 })
    return new Neighbour(client)
  }

  /** Throws what went wrong meanwhile. */
  async leave(): Promise<void> {
    this.#leaving = true
    await this.#running
    this.#client.end()
  }

  async #live(): Promise<void> {
    while (!this.#leaving) {
      const startMs = performance.now()
      const records = [{ timestamp: Date.now(), key: null, value: Buffer.from(`${this.written}`) }]
      const { responses } = await this.#client.call('Produce', 9, {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [
          {
            name: where.topic,
            partitionData: [{ index: 0, records: buildRecordBatch({ records }) }],
          },
        ],
      })
      const { errorCode, baseOffset } = responses[0]?.partitionResponses[0] ?? {}
      expect({ errorCode, baseOffset }).toEqual({ errorCode: 0, baseOffset: this.written })
      const [batch] = await fetchBatches(this.#client, where, this.written, 1)
      expect(batch?.records[0]?.value?.toString()).toBe(`${this.written}`)
      this.written += 1
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs)
      await sleep(5)
    }
  }
}

/** Resident memory of the broker's process. */
function residentMiB(): number {
  const status = readFileSync(`/proc/${broker.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
}

function bugs(): string[] {
  return broker
    .output()
    .split('\n')
    .filter((line) => bugWords.some((word) => line.includes(word)))
}

test(`damaged frames (OTTLA_FUZZ_SEED=${seed}) close their connection and nothing else`, async () => {
  const corpus = recordedFrames()
  const endMs = performance.now() + fuzzSeconds * 1000
  let sent = 0
  let answered = 0
  const fuzz = async (random: SeededRandom): Promise<void> => {
    let connection = await RawConnection.open(broker.bootstrap)
    while (performance.now() < endMs) {
      if (connection.closed) connection = await RawConnection.open(broker.bootstrap)
      for (let burst = random.below(4) === 0 ? 4 : 1; burst > 0; burst--) {
        void connection.write(damagedFrame(random, corpus))
        sent += 1
      }
      const outcome = await connection.next(answerWaitMs)
      if (Buffer.isBuffer(outcome)) answered += 1
      else connection.end()
    }
    connection.end()
  }
  const all = Array.from({ length: fuzzers }, (_, at) => fuzz(new SeededRandom(seed + at)))
  await Promise.all(all).catch((error: unknown) => {
    throw new Error(`the broker is gone: ${bugs().join('\n')}`, { cause: error })
  })
  expect(sent).toBeGreaterThan(fuzzSeconds * 20)
  expect(answered).toBeGreaterThan(0)
  expect(bugs()).toEqual([])
  expect(residentMiB()).toBeLessThan(residentMiBMax)
  expect(neighbour.written).toBeGreaterThan(10)
  const { written } = neighbour
  process.stdout.write(
    `${sent} damaged frames, ${answered} answers, ${residentMiB().toFixed(0)} MiB resident, ` +
      `the neighbour's slowest round trip took ${neighbour.slowestMs.toFixed(0)} ms\n`,
  )
  // What all that left on disk is no harm to the next start either.
  await neighbour.leave()
  const { code } = await broker.stop({ keepData: true })
  expect({ code, bugs: bugs() }).toEqual({ code: 0, bugs: [] })
  broker = await startTestBroker({ dataDir: broker.dataDir })
  const client = await WireClient.open(broker.bootstrap)
  expect((await readPartition(client, where)).length).toBeGreaterThanOrEqual(written)
  client.end()
})

test('250 peers that announce 90 MB and send 2 KB cost what they sent', async () => {
  const before = residentMiB()
  const start = Buffer.alloc(2048)
  start.writeInt32BE(90_000_000)
  const peers = await Promise.all(
    Array.from({ length: 250 }, () => RawConnection.open(broker.bootstrap)),
  )
  await Promise.all(peers.map((peer) => peer.write(start)))
  const { written } = neighbour
  await sleep(1000)
  expect(neighbour.written).toBeGreaterThan(written + 5)
  expect(residentMiB() - before).toBeLessThan(64)
  for (const peer of peers) peer.end()
})

test('peers that ask for much and never read cost a bounded amount each', async () => {
  const client = await WireClient.open(broker.bootstrap)
  const topic = 'large'
  await createTopic(client, { name: topic, partitions: 1 })
  const records = [{ timestamp: 1, key: null, value: Buffer.alloc(900_000, 'x') }]
  for (let batches = 0; batches < 20; batches++) {
    await client.call('Produce', 9, {
      acks: 1,
      timeoutMs: 10_000,
      topicData: [
        { name: topic, partitionData: [{ index: 0, records: buildRecordBatch({ records }) }] },
      ],
    })
  }
  const before = residentMiB()
  const request = encodeRequestFrame(
    'Fetch',
    11,
    {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 20 * MiB,
      topics: [
        { topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 20 * MiB }] },
      ],
      forgottenTopicsData: [],
    },
    { correlationId: 7, clientId: 'glutton' },
  )
  const peers = await Promise.all(
    Array.from({ length: 20 }, () => RawConnection.open(broker.bootstrap)),
  )
  for (const peer of peers) {
    peer.pause()
    for (let asked = 0; asked < 50; asked++) void peer.write(request)
  }
  const { written } = neighbour
  await sleep(1500)
  expect(neighbour.written).toBeGreaterThan(written + 5)
  expect(residentMiB() - before).toBeLessThan(residentMiBMax)
  for (const peer of peers) peer.end()
  client.end()
})

test('a request that arrives byte by byte is answered like any other', async () => {
  const frame = encodeRequestFrame('ApiVersions', 0, {}, { correlationId: 9, clientId: 'slow' })
  const peer = await RawConnection.open(broker.bootstrap)
  for (const byte of frame) {
    await peer.write(Buffer.of(byte))
    await sleep(1)
  }
  const answer = await peer.next(5000)
  expect(Buffer.isBuffer(answer) && answer.readInt32BE(0)).toBe(9)
  peer.end()
})

test.each([
  ['a browser', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['a TLS client', Buffer.from('1603010200010001fc0303', 'hex')],
  ['a negative size', Buffer.from('ffffffff00', 'hex')],
  ['a size above socket.request.max.bytes', Buffer.from('7fffffff0012', 'hex')],
  ['no size at all', Buffer.from('00000000', 'hex')],
])('%s is let go at once', async (_, bytes) => {
  const peer = await RawConnection.open(broker.bootstrap)
  await peer.write(bytes)
  expect(await peer.next(5000)).toBe('closed')
})

test('a thousand connections that come and go leave nothing behind', async () => {
  const before = residentMiB()
  for (let wave = 0; wave < 5; wave++) {
    const peers = await Promise.all(
      Array.from({ length: 200 }, () => RawConnection.open(broker.bootstrap)),
    )
    for (const peer of peers) peer.end()
  }
  expect(residentMiB() - before).toBeLessThan(64)
  expect(neighbour.slowestMs).toBeLessThan(10_000)
})
