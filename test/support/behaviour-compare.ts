// Compares a live answer with a recorded one, field by field: ids, ports, times, texts and the order
// inside arrays may differ from run to run, all else may not.
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchCompression,
  batchLastOffsetDelta,
  batchMagic,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSizeAt,
} from '../../protocol/record-batch.ts'
import { readRecords } from '../../protocol/records.ts'

/** One place where the answers differ. */
export interface Difference {
  /** Such as `topics[0].partitions[1].errorCode`. */
  readonly path: string
  readonly recorded: unknown
  readonly live: unknown
}

const recentMs = 1_000_000_000_000
const inflatedBytesMax = 16 * 1024 * 1024
const anyText = '<text>'
const zeroUuid = 'A'.repeat(22)
const uuidPattern = /^[\w-]{22}$/
const generatedMemberId = /^(.*)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Fields by which the items of an array are told apart, whatever their order. */
const identifyingFields = [
  'apiKey',
  'name',
  'topic',
  'resourceName',
  'groupId',
  'key',
  'partitionIndex',
  'partition',
  'index',
  'metadata',
  'transactionalId',
]
/** Counters of the cluster: where they stand depends on all that happened before. */
const freeNumbers = new Set(['finalizedFeaturesEpoch'])

/**
 * Compares answers of one run. Remembers which live id stands for which recorded one, and tells when an
 * id does not come back where it did in the recording.
 */
export class AnswerComparison {
  readonly #liveIds = new Map<string, unknown>()
  readonly #port: number

  constructor(livePort: number) {
    this.#port = livePort
  }

  async compare(recorded: unknown, live: unknown): Promise<Difference[]> {
    const differences: Difference[] = []
    this.#walk(await readable(recorded), await readable(live), '', '', differences)
    return differences
  }

  #walk(recorded: unknown, live: unknown, field: string, path: string, found: Difference[]): void {
    if (Array.isArray(recorded) && Array.isArray(live)) {
      this.#walkArrays(recorded, live, field, path, found)
    } else if (isObject(recorded) && isObject(live)) {
      for (const name of Object.keys(recorded)) {
        if (isFreeText(recorded, name) && typeof live[name] === 'string') continue
        this.#walk(recorded[name], live[name], name, path === '' ? name : `${path}.${name}`, found)
      }
    } else if (!this.#sameValue(recorded, live, field)) {
      found.push({ path, recorded, live })
    }
  }

  #walkArrays(
    recorded: readonly unknown[],
    live: readonly unknown[],
    field: string,
    path: string,
    found: Difference[],
  ): void {
    const pairs =
      field === 'batches' || field === 'records' ? zip(recorded, live) : this.#align(recorded, live)
    for (const [at, [left, right]] of pairs.entries()) {
      const place = `${path}[${labelOf(left ?? right) ?? at}]`
      if (left === undefined || right === undefined) {
        found.push({ path: place, recorded: left, live: right })
      } else {
        this.#walk(left, right, field, place, found)
      }
    }
  }

  /** Pairs the items that belong together; what has no partner stands beside undefined. */
  #align(recorded: readonly unknown[], live: readonly unknown[]): [unknown, unknown][] {
    const left = [...recorded].sort(byIdentity)
    const rest = [...live].sort(byIdentity)
    const isPartner = (item: unknown, other: unknown): boolean => {
      const known = this.#liveIds.get(String(memberIdOf(item)))
      return known === undefined ? labelOf(item) === labelOf(other) : memberIdOf(other) === known
    }
    const pairs: [unknown, unknown][] = []
    for (const item of left) {
      const found = rest.findIndex((other) => isPartner(item, other))
      const at = found < 0 && labelOf(item) === null ? 0 : found
      pairs.push([item, at < 0 ? undefined : rest.splice(at, 1)[0]])
    }
    return [...pairs, ...rest.map((item): [unknown, unknown] => [undefined, item])]
  }

  #sameValue(recorded: unknown, live: unknown, field: string): boolean {
    if (typeof recorded === 'string' && typeof live === 'string') {
      return this.#sameString(recorded, live, field)
    }
    if (typeof recorded === 'number' && typeof live === 'number') {
      return this.#sameNumber(recorded, live, field)
    }
    return Object.is(recorded, live)
  }

  #sameString(recorded: string, live: string, field: string): boolean {
    if (recorded === anyText) return live !== ''
    if (recorded === '<dir>' || field === 'clusterId') return (recorded === '') === (live === '')
    if (uuidPattern.test(recorded) && uuidPattern.test(live)) {
      return this.#sameId(recorded, live, zeroUuid)
    }
    const [, recordedPrefix] = generatedMemberId.exec(recorded) ?? []
    const [, livePrefix] = generatedMemberId.exec(live) ?? []
    if (recordedPrefix !== undefined && recordedPrefix === livePrefix) {
      return this.#sameId(recorded, live, '')
    }
    return recorded === live
  }

  #sameNumber(recorded: number, live: number, field: string): boolean {
    if (field === 'port') return recorded > 0 ? live === this.#port : live === recorded
    if (field === 'producerId' || field === 'sessionId') {
      const none = field === 'producerId' ? -1 : 0
      if (recorded === none || live === none) return recorded === live
      // An id that a request made up, or the 0 of an answer that has none.
      if (recorded === live) return true
      return this.#sameId(`${field} ${recorded}`, live, none)
    }
    if (freeNumbers.has(field)) return true
    return recorded === live || (recorded > recentMs && live > recentMs)
  }

  /** The first sight binds a live id to a recorded one; from then on they must come together. */
  #sameId(recorded: string, live: string | number, none: unknown): boolean {
    if (recorded === live) return true
    if (recorded === none || live === none) return false
    const bound = this.#liveIds.get(recorded)
    if (bound === undefined) {
      this.#liveIds.set(recorded, live)
      return true
    }
    return bound === live
  }
}

/** A value with its record batches taken apart and other bytes written as hex. */
async function readable(value: unknown, field = ''): Promise<unknown> {
  if (Buffer.isBuffer(value)) {
    return field === 'records' ? await readBatches(value) : value.toString('hex')
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => readable(item, field)))
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(async ([name, item]) => [
    name,
    await readable(item, name),
  ])
  return Object.fromEntries((await Promise.all(entries)) as [string, unknown][])
}

async function readBatches(bytes: Buffer): Promise<unknown> {
  const batches: unknown[] = []
  let at = 0
  for (;;) {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size <= 0 || batchMagic(bytes, at) !== 2) break
    const codec = batchCompression(bytes, at)
    batches.push({
      baseOffset: batchBaseOffset(bytes, at),
      // How small a batch gets is the compressor's business.
      size: codec === 0 ? size : 'compressed',
      partitionLeaderEpoch: batchPartitionLeaderEpoch(bytes, at),
      attributes: batchAttributes(bytes, at),
      lastOffsetDelta: batchLastOffsetDelta(bytes, at),
      maxTimestamp: batchMaxTimestamp(bytes, at),
      producerId: batchProducerId(bytes, at),
      producerEpoch: batchProducerEpoch(bytes, at),
      baseSequence: batchBaseSequence(bytes, at),
      count: batchRecordCount(bytes, at),
      records: await readable(
        await readRecords(bytes.subarray(at, at + size), 0, inflatedBytesMax),
      ),
    })
    at += size
  }
  return { batches, trailingBytes: bytes.length - at }
}

function zip(recorded: readonly unknown[], live: readonly unknown[]): [unknown, unknown][] {
  const length = Math.max(recorded.length, live.length)
  return Array.from({ length }, (_, at) => [recorded[at], live[at]])
}

function byIdentity(a: unknown, b: unknown): number {
  const [left, right] = [identityOf(a), identityOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** What an item is sorted by: ids that were drawn at random say nothing. */
function identityOf(item: unknown): string {
  const text = JSON.stringify(item, (_name, value: unknown) =>
    typeof value === 'string'
      ? value.replace(generatedMemberId, '$1').replace(uuidPattern, '')
      : value,
  )
  return `${labelOf(item) ?? ''} ${text}`
}

function memberIdOf(item: unknown): unknown {
  return isObject(item) ? item['memberId'] : undefined
}

/** A message beside "no error" may be any text, the empty one too. */
function isFreeText(message: Record<string, unknown>, name: string): boolean {
  return name === 'errorMessage' && message[name] === anyText && message['errorCode'] === 0
}

function labelOf(item: unknown): string | null {
  if (!isObject(item)) return null
  const values = identifyingFields.map((name) => item[name]).filter((value) => value !== undefined)
  return values.length === 0 ? null : values.map(String).join('/')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
  )
}
