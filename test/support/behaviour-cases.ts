// The recorded questions to a real broker and its answers (test/conformance/vectors/behaviour.jsonl):
// their shape, and how a recorded request becomes one that can be sent today.
import { apis, type ApiName } from '../../protocol/codecs/index.ts'
import { requestHeaderVersion } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import {
  batchBaseTimestamp,
  batchMagic,
  batchMaxTimestamp,
  computeBatchCrc,
} from '../../protocol/record-batch.ts'
import { encodeRequestFrame } from './wire-client.ts'

/** What was sent and what came of it; times and ids as they were when it was recorded. */
export interface RecordedStep {
  readonly conn: string
  readonly api?: ApiName
  readonly version?: number
  /** The request as it was asked for, with variables: `Heartbeat 3 {memberId:'$MID'}`. */
  readonly script?: string
  /** The whole frame. Absent where it is long: then it is made from the script. */
  readonly hex?: string
  readonly raw?: string
  readonly outcome: 'answer' | 'closed' | 'silent' | 'sent'
  readonly responseHex?: string
  readonly response?: unknown
}

export interface SleepStep {
  readonly sleepMs: number
}

/** Names a value of an answer, for requests that come later. */
export interface LetStep {
  readonly let: string
  readonly from: string
  /** As text, also where it is a number. */
  readonly was: string
}

export type Step = RecordedStep | SleepStep | LetStep

export interface BehaviourCase {
  readonly case: string
  readonly steps: readonly Step[]
}

/** A named value: what it was in the recording and what it is now. */
export interface Binding {
  readonly was: string | number
  readonly now: string | number
}

const recordedRun = '4qf6'
const recentMs = 1_000_000_000_000
const headerClientIdAt = 12

// Places in a v2 batch header.
const crcAt = 17
const baseTimestampAt = 27
const maxTimestampAt = 35
const producerIdAt = 43

export function parseCases(text: string): BehaviourCase[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BehaviourCase)
}

/** Api and version that a frame (with its size) asks for, or null if it is none that we know. */
export function askedFor(frame: Buffer): { api: ApiName; version: number } | null {
  if (frame.length < 8) return null
  const key = frame.readInt16BE(4)
  const codec = Object.values(apis).find((api) => api.key === key)
  if (codec === undefined) return null
  const version = frame.readInt16BE(6)
  // An ApiVersions that the broker does not speak is answered in version 0.
  const spoken = codec.name === 'ApiVersions' && version > codec.versions[1] ? 0 : version
  return { api: codec.name, version: spoken }
}

/** The bytes to send for a step today: variables replaced, record times moved by `shiftMs`. */
export function frameOf(
  step: RecordedStep,
  bindings: ReadonlyMap<string, Binding>,
  shiftMs: number,
): Buffer {
  if (step.raw !== undefined) return Buffer.from(step.raw.replaceAll(' ', ''), 'hex')
  const { api, version, script = '' } = step
  if (api === undefined || version === undefined) throw new Error('a step asks for nothing')
  if (step.hex === undefined) {
    const request = parseScript(script)
    return encodeRequestFrame(api, version, request as never, {
      correlationId: 1,
      clientId: 'probe',
    })
  }
  const recorded = Buffer.from(step.hex, 'hex')
  const { request, header } = decodeRequest(api, version, recorded)
  const variables = [...bindings].filter(([name]) => script.includes(`$${name}`))
  const strings = new Map<unknown, string | number>()
  const fields = new Map<string, Binding>()
  let producer: Binding | undefined
  for (const [name, binding] of variables) {
    if (typeof binding.was === 'string') strings.set(binding.was, binding.now)
    for (const [, field = ''] of script.matchAll(new RegExp(`(\\w+):\\$${name}\\b`, 'g'))) {
      fields.set(field, binding)
    }
    if (new RegExp(`pid=\\$${name}\\b`).test(script)) producer = binding
  }
  const substituted = mapValues(request, (value, field) => {
    if (Buffer.isBuffer(value)) {
      return field === 'records' ? restamped(value, shiftMs, producer) : value
    }
    if (typeof value === 'string') return strings.get(value) ?? value
    const binding = fields.get(field)
    return binding !== undefined && value === binding.was ? binding.now : value
  })
  return encodeRequestFrame(api, version, substituted as never, header)
}

/** The milliseconds that lie between the recording and now: what record times are moved by. */
export function shiftOf(cases: readonly BehaviourCase[], nowMs: number): number {
  let first = Number.POSITIVE_INFINITY
  for (const { steps } of cases) {
    for (const step of steps) {
      if (!('api' in step) || step.api !== 'Produce' || step.hex === undefined) continue
      const { request } = decodeRequest('Produce', step.version ?? 0, Buffer.from(step.hex, 'hex'))
      mapValues(request, (value) => {
        if (Buffer.isBuffer(value) && isBatch(value)) {
          const time = batchBaseTimestamp(value, 0)
          if (time > recentMs) first = Math.min(first, time)
        }
        return value
      })
    }
  }
  return nowMs - first
}

function decodeRequest(
  api: ApiName,
  version: number,
  frame: Buffer,
): { request: unknown; header: { correlationId: number; clientId: string | null } } {
  const clientIdBytes = frame.readInt16BE(headerClientIdAt)
  const reader = new Reader(frame, headerClientIdAt)
  const clientId = clientIdBytes < 0 ? null : reader.string(false)
  if (clientId === null) reader.int16()
  if (requestHeaderVersion(api, version) === 2) reader.skipTaggedFields()
  const request = apis[api].decodeRequest(reader, version)
  return { request, header: { correlationId: frame.readInt32BE(8), clientId } }
}

/** A copy with every leaf replaced; `field` is the name that the leaf, or its array, stands under. */
function mapValues(
  value: unknown,
  leaf: (value: unknown, field: string) => unknown,
  field = '',
): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValues(item, leaf, field))
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    const entries = Object.entries(value).map(([name, item]) => [name, mapValues(item, leaf, name)])
    return Object.fromEntries(entries) as unknown
  }
  return leaf(value, field)
}

const isBatch = (bytes: Buffer): boolean =>
  bytes.length > producerIdAt && batchMagic(bytes, 0) === 2

/** The batch as a producer of today would send it; a wrong CRC stays wrong. */
function restamped(records: Buffer, shiftMs: number, producer: Binding | undefined): Buffer {
  if (!isBatch(records)) return records
  const batch = Buffer.from(records)
  const intact = batch.readUInt32BE(crcAt) === computeBatchCrc(batch, 0)
  const moveTime = (at: number, timeMs: number): void => {
    if (timeMs > recentMs) batch.writeBigInt64BE(BigInt(timeMs + shiftMs), at)
  }
  moveTime(baseTimestampAt, batchBaseTimestamp(batch, 0))
  moveTime(maxTimestampAt, batchMaxTimestamp(batch, 0))
  if (producer !== undefined) batch.writeBigInt64BE(BigInt(producer.now), producerIdAt)
  if (intact) batch.writeUInt32BE(computeBatchCrc(batch, 0), crcAt)
  return batch
}

/** `Api 3 {name:'x',list:[1]}` → the object; for the few frames that were too long to be recorded. */
function parseScript(script: string): unknown {
  const json = script
    .slice(script.indexOf('{'))
    .replaceAll('$RUN', recordedRun)
    .replaceAll('$M4096', 'm'.repeat(4096))
    .replaceAll('$M4097', 'm'.repeat(4097))
    .replaceAll("'", '"')
    .replaceAll(/([{,])(\w+):/g, '$1"$2":')
  return JSON.parse(json)
}
