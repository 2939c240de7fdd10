// Bit rot as readers meet it. What this process appended was checked when it came; what it found on
// disk is checked when it is first read for a client. A damaged batch is reported once, with file and
// position, and answered with CORRUPT_MESSAGE; the batches around it are served.
import { assert } from '../base/assert.ts'
import type { Logger } from '../io/logger.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { batchSizeAt } from '../../protocol/record-batch.ts'
import { batchBytesMax, findBatchBehind, isSoundBatch } from './resync.ts'
import type { GoodBatch } from './resync.ts'
import type { BatchLocation, Segment } from './segment.ts'
import { segmentSuffix } from './segment-files.ts'

/** Positions in a .log file, from the beginning of a batch to the end of one. */
interface Range {
  readonly from: number
  readonly to: number
}

export class ReadVerifier {
  readonly #logger: Logger
  /** Of each segment the last stretch that was checked: readers mostly go forward. */
  readonly #checked = new WeakMap<Segment, Range>()
  readonly #reported = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /**
   * How many of `bytes`, which lie at `position`, are good to send: all, or those in front of a
   * damaged batch. @throws KafkaError CORRUPT_MESSAGE when the first batch is damaged.
   */
  soundBytes(segment: Segment, position: number, bytes: Buffer): number {
    if (this.isChecked(segment, position, bytes.length)) return bytes.length
    const end = Math.min(position + bytes.length, segment.inheritedBytes)
    const checked = this.#checked.get(segment)
    const isInside = checked !== undefined && position >= checked.from && position <= checked.to
    let at = isInside ? checked.to - position : 0
    let isDamaged = false
    while (position + at < end && !isDamaged) {
      const size = soundSize(bytes, at)
      if (size === undefined) break
      isDamaged = size === 0
      at += size
    }
    if (at > 0) this.#note(segment, { from: position, to: position + at })
    if (!isDamaged) return bytes.length
    this.report(segment, position + at)
    if (at === 0) throw damaged(segment, position)
    return at
  }

  /** Whether so many bytes at `position` need no look: they came to this process, or were checked. */
  isChecked(segment: Segment, position: number, byteLength: number): boolean {
    const end = Math.min(position + byteLength, segment.inheritedBytes)
    if (position >= end) return true
    const checked = this.#checked.get(segment)
    return checked !== undefined && position >= checked.from && end <= checked.to
  }

  #note(segment: Segment, fresh: Range): void {
    assert(fresh.from < fresh.to, 'a batch has bytes')
    const old = this.#checked.get(segment)
    const isJoined = old !== undefined && fresh.from <= old.to && fresh.to >= old.from
    const joined = isJoined
      ? { from: Math.min(old.from, fresh.from), to: Math.max(old.to, fresh.to) }
      : fresh
    this.#checked.set(segment, joined)
  }

  /** Once for each place. */
  report(segment: Segment, position: number): void {
    const file = segment.path(segmentSuffix.log)
    const place = `${file} ${position}`
    if (this.#reported.has(place)) return
    this.#reported.add(place)
    this.#logger.error({ file, position }, 'damaged batch: readers are answered CORRUPT_MESSAGE')
  }
}

/** Bytes of the batch at `at`; 0 when it is damaged, undefined when it is not there whole. */
function soundSize(bytes: Buffer, at: number): number | undefined {
  try {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size < 0) return undefined
    return isSoundBatch(bytes, at) ? size : 0
  } catch (error) {
    if (error instanceof KafkaError) return 0
    throw error
  }
}

function damaged(segment: Segment, position: number): KafkaError {
  const file = segment.path(segmentSuffix.log)
  return new KafkaError('CORRUPT_MESSAGE', `${file} is damaged at position ${position}`)
}

/**
 * As `segment.locate`, past batches whose length is lost: those behind are found all the same.
 * @throws KafkaError CORRUPT_MESSAGE: the batch with the offset is damaged.
 */
export function locateBatch(
  segment: Segment,
  offset: number,
  verifier: ReadVerifier,
): BatchLocation | undefined {
  try {
    const found = segment.locate(offset)
    if (found !== undefined) return found
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
  }
  return locatePastDamage(segment, offset, verifier)
}

function locatePastDamage(
  segment: Segment,
  offset: number,
  verifier: ReadVerifier,
): BatchLocation | undefined {
  const { file, size, baseOffset } = segment
  let position = segment.offsetIndex.positionBefore(offset)
  assert(position >= 0, 'an index leads into the file')
  let nextOffset = baseOffset
  while (position < size) {
    const walk = walkTo(segment, { position, nextOffset }, offset)
    if (walk.found !== undefined) return walk.found
    position = walk.position
    nextOffset = walk.nextOffset
    if (position >= size) return undefined
    const log = { file, size, baseOffset, indexedPositions: positionsOf(segment) }
    const behind = findBatchBehind(log, position, nextOffset)
    verifier.report(segment, position)
    if (behind === undefined || offset < behind.baseOffset) throw damaged(segment, position)
    position = behind.position
    nextOffset = behind.baseOffset
    if (offset <= behind.lastOffset) return locationOf(behind)
  }
  return undefined
}

/**
 * Where `offset` is if not in the batch that its header says, which is damaged: its last offset may
 * be. Undefined when the offset is in what is damaged.
 */
export function locateBehind(
  segment: Segment,
  damagedBatch: BatchLocation,
  offset: number,
): BatchLocation | undefined {
  assert(offset >= segment.baseOffset, 'the segment is the one with the offset')
  const { file, size, baseOffset } = segment
  const log = { file, size, baseOffset, indexedPositions: positionsOf(segment) }
  const behind = findBatchBehind(log, damagedBatch.position, damagedBatch.baseOffset)
  if (behind === undefined || offset < behind.baseOffset) return undefined
  if (offset <= behind.lastOffset) return locationOf(behind)
  const from = { position: behind.position, nextOffset: behind.baseOffset }
  return walkTo(segment, from, offset).found
}

/**
 * Offset behind the last batch of a segment that was closed whole and is damaged in the middle;
 * undefined when it does not end with a whole batch.
 */
export function endOffsetPastDamage(segment: Segment): number | undefined {
  const { file, size, baseOffset } = segment
  let from = { position: 0, nextOffset: baseOffset }
  while (from.position < size) {
    const { position, nextOffset } = walkTo(segment, from, Infinity)
    if (position >= size) return nextOffset
    const log = { file, size, baseOffset, indexedPositions: positionsOf(segment) }
    const behind = findBatchBehind(log, position, nextOffset)
    if (behind === undefined) return undefined
    assert(behind.position > position, 'what follows damage lies behind it')
    from = { position: behind.position, nextOffset: behind.baseOffset }
  }
  return from.nextOffset
}

function locationOf({ position, size, baseOffset, lastOffset }: GoodBatch): BatchLocation {
  return { position, size, baseOffset, lastOffset }
}

interface Walk {
  readonly found?: BatchLocation
  /** Where headers ceased to make sense, or the end. */
  readonly position: number
  readonly nextOffset: number
}

/** Goes from header to header until one ends at `offset` or behind it. */
function walkTo(
  segment: Segment,
  from: { readonly position: number; readonly nextOffset: number },
  offset: number,
): Walk {
  const scanner = segment.scan(from.position, 'headers')
  let { nextOffset } = from
  let before: { readonly location: BatchLocation; readonly nextOffset: number } | null = null
  try {
    while (scanner.next()) {
      const { position, size, baseOffset, lastOffset } = scanner
      if (baseOffset < nextOffset || lastOffset < baseOffset) break
      const location = { position, size, baseOffset, lastOffset }
      if (lastOffset >= offset) return { found: location, position, nextOffset }
      before = { location, nextOffset }
      nextOffset = lastOffset + 1
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
  }
  const isEnd = scanner.position >= segment.size
  // No header here: perhaps because the batch before is not as long as it says.
  if (!isEnd && before !== null && !isSoundAt(segment, before.location)) {
    return { position: before.location.position, nextOffset: before.nextOffset }
  }
  return { position: scanner.position, nextOffset }
}

function isSoundAt(segment: Segment, { position, size }: BatchLocation): boolean {
  if (size > batchBytesMax) return false
  const bytes = Buffer.allocUnsafe(size)
  const count = segment.file.read(bytes, 0, size, position)
  return count === size && isSoundBatch(bytes, 0)
}

function* positionsOf({ offsetIndex }: Segment): IterableIterator<number> {
  for (let entry = 0; entry < offsetIndex.entryCount; entry++) {
    yield offsetIndex.entry(entry).position
  }
}
