// What one codec call costs: Produce v9 decode, Fetch v12 response encode, int64. `npx tsx bench/micro/codec.ts`

import { decodeProduceRequest, encodeProduceRequest } from '../../protocol/codecs/produce.ts'
import type { FetchResponseInput } from '../../protocol/codecs/fetch.ts'
import { encodeResponseFrame, encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'

const warmUpRounds = 200_000
const rounds = 1_000_000
const passes = 5
/** What every case adds to, so that no call is optimized away. */
let sink = 0

function measure(name: string, operations: number, run: () => number): void {
  const count = Math.ceil(rounds / operations)
  for (let round = 0; round < warmUpRounds / operations; round++) sink += run()
  let best = Infinity
  for (let pass = 0; pass < passes; pass++) {
    const started = process.hrtime.bigint()
    for (let round = 0; round < count; round++) sink += run()
    best = Math.min(best, Number(process.hrtime.bigint() - started) / count)
  }
  process.stdout.write(`${name.padEnd(48)} ${best.toFixed(0).padStart(8)} ns/op\n`)
}

function produceRequest(topicCount: number): Buffer {
  const records = Buffer.alloc(300, 7)
  const topicData = Array.from({ length: topicCount }, (_, index) => ({
    name: `bench-topic-${index}`,
    partitionData: [{ index: 0, records }],
  }))
  const request = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }
  return Buffer.from(encodeToBuffer(encodeProduceRequest, request, 9))
}

const reader = new Reader(Buffer.alloc(0))
for (const topicCount of [1, 100]) {
  const frame = produceRequest(topicCount)
  measure(`Produce v9 decode, ${topicCount} topics, 300 B each`, topicCount, () => {
    reader.reset(frame)
    return decodeProduceRequest(reader, 9).topicData.length
  })
}

const fetchResponse: FetchResponseInput = {
  sessionId: 0,
  responses: [
    {
      topic: 'bench-topic-0',
      partitions: [
        { partitionIndex: 0, errorCode: 0, highWatermark: 1e6, records: Buffer.alloc(300, 7) },
      ],
    },
  ],
}
measure('Fetch v12 response encode, 1 partition, 300 B', 1, () => {
  return encodeResponseFrame('Fetch', 12, 1, fetchResponse).byteLength
})

const int64Bytes = Buffer.from('0000018bcfe56937', 'hex')
measure('int64 read', 1, () => {
  reader.reset(int64Bytes)
  return reader.int64()
})

const writer = new Writer()
measure('int64 write', 1, () => {
  writer.reset()
  writer.int64(1_700_000_000_000)
  return writer.byteLength
})
if (sink === 0) process.exitCode = 1
