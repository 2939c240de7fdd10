// What does it cost to decode a hot request, to encode its answer, and to read an int64?
import type { FetchResponseInput } from '../../protocol/codecs/fetch.ts'
import { apis, type ApiName, type ApiCodec, type ApiTypes } from '../../protocol/codecs/index.ts'
import { encodeResponseFrame } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import type { MicroBench, MicroCase } from './measure.ts'

const records = Buffer.alloc(300, 7)

function decode<Name extends ApiName>(
  what: string,
  api: Name,
  version: number,
  request: ApiTypes[Name]['requestInput'],
): MicroCase {
  const codec: ApiCodec<Name> = apis[api]
  const writer = new Writer()
  writer.beginFrame()
  codec.encodeRequest(writer, request, version)
  const { chunks, byteLength } = writer.finishFrame()
  const frame = Buffer.concat(chunks as Buffer[], byteLength)
  const reader = new Reader(frame)
  const run = (): number => {
    reader.reset(frame, 4)
    codec.decodeRequest(reader, version)
    return reader.remaining + 1
  }
  return { name: `decode ${api} v${version}, ${what}`, run }
}

const produce = (topicCount: number): MicroCase => {
  const topicData = Array.from({ length: topicCount }, (_, index) => ({
    name: `bench-topic-${index}`,
    partitionData: [{ index: 0, records }],
  }))
  const request = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }
  return decode(`${topicCount} topics of 300 B`, 'Produce', 9, request)
}

const fetch = (): MicroCase => {
  const partitions = [{ partition: 0, fetchOffset: 1e6, partitionMaxBytes: 1 << 20 }]
  const topics = [{ topic: 'bench-topic', partitions }]
  const request = { maxWaitMs: 500, minBytes: 1, topics, forgottenTopicsData: [] }
  return decode('1 partition', 'Fetch', 12, request)
}

const member = { groupId: 'group', memberId: 'member-0123456789', groupInstanceId: null }

const commit = (): MicroCase => {
  const partitions = [{ partitionIndex: 0, committedOffset: 1e6, committedMetadata: '' }]
  const topics = [{ name: 'bench-topic', partitions }]
  const request = { ...member, generationIdOrMemberEpoch: 3, topics }
  return decode('1 partition', 'OffsetCommit', 8, request)
}

function encodeFetch(): MicroCase {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 1e6, records }
  const responses = [{ topic: 'bench-topic', partitions: [partition] }]
  const response: FetchResponseInput = { sessionId: 0, responses }
  const run = (): number => encodeResponseFrame('Fetch', 12, 1, response).byteLength
  return { name: 'encode the answer of Fetch v12, 1 partition', run }
}

function int64s(): MicroCase[] {
  const bytes = Buffer.from('0000018bcfe56937', 'hex')
  const reader = new Reader(bytes)
  const writer = new Writer()
  const read = (): number => {
    reader.reset(bytes)
    return reader.int64()
  }
  const write = (): number => {
    writer.reset()
    writer.int64(1_700_000_000_000)
    return writer.byteLength
  }
  return [
    { name: 'read an int64', run: read },
    { name: 'write an int64', run: write },
  ]
}

export function codec(): MicroBench {
  const heartbeat = decode('', 'Heartbeat', 4, { ...member, generationId: 3 })
  return {
    name: 'codec',
    question: 'What does it cost to decode a hot request, and to encode its answer?',
    cases: [produce(1), produce(100), fetch(), encodeFetch(), commit(), heartbeat, ...int64s()],
  }
}
