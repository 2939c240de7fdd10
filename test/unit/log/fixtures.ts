// A partition log on a simulated disk and a hand-moved clock, and batches to put into it.
import { toTopicId } from '../../../src/base/brands.ts'
import type { Offset } from '../../../src/base/brands.ts'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import type { MaybePromise } from '../../../src/base/maybe-promise.ts'
import { topicConfigWith } from '../../../src/config/topic-config.ts'
import type { TopicConfig } from '../../../src/config/topic-config.ts'
import type { Cancel, Clock } from '../../../src/io/clock.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { Random } from '../../../src/io/random.ts'
import { BufferPool } from '../../../src/log/buffer-pool.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import type { OpenHints } from '../../../src/log/log-opening.ts'
import type { LogSurroundings } from '../../../src/log/log-surroundings.ts'
import type { AppendResult, ReadLimit } from '../../../src/log/partition-store.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import { buildEndTransactionMarker } from '../../../protocol/control-records.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'

export const topicId = toTopicId('AbCdEfGhIjKlMnOpQrStUw')
export const directory = '/data/t-0'
export const startMs = 1_800_000_000_000

/** Time that moves when the test says so. */
export class HandClock implements Clock {
  now = startMs
  #timers: { atMs: number; run: () => void }[] = []

  nowMs(): number {
    return this.now
  }

  monotonicMs(): number {
    return this.now
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { atMs: this.now + delayMs, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  advance(ms: number): void {
    this.now += ms
    for (;;) {
      const due = this.#timers.find((timer) => timer.atMs <= this.now)
      if (due === undefined) return
      this.#timers = this.#timers.filter((timer) => timer !== due)
      due.run()
    }
  }
}

/** The same bytes every time, all different. */
export class CountingRandom implements Random {
  #next = 1

  bytes(byteCount: number): Buffer {
    const bytes = Buffer.alloc(byteCount)
    for (let at = 0; at < byteCount; at++) bytes[at] = this.#next++ % 251
    return bytes
  }
}

export interface World {
  readonly disk: SimDisk
  readonly clock: HandClock
  readonly around: LogSurroundings
  readonly dirty: PartitionLog[]
  create(): PartitionLog
  open(hints?: Partial<OpenHints>, leaderEpoch?: number): PartitionLog
}

export function world(
  options: {
    readonly disk?: SimDisk
    readonly config?: Partial<TopicConfig>
    readonly durability?: 'interval' | 'fsync' | 'os'
  } = {},
): World {
  const disk = options.disk ?? new SimDisk()
  const clock = new HandClock()
  const config = topicConfigWith({ indexIntervalBytes: 300, ...options.config })
  const dirty: PartitionLog[] = []
  const around: LogSurroundings = {
    disk,
    clock,
    random: new CountingRandom(),
    logger: silentLogger,
    pool: new BufferPool(),
    durability: options.durability ?? 'interval',
    producerIdExpirationMs: 86_400_000,
    directoryNames: { mark: () => 0, sync: () => disk.syncDirectoryLater('/data') },
    onDirty: (log) => void dirty.push(log),
    onOffline: () => undefined,
    keepLogStart: () => undefined,
    onBug: (error) => {
      throw error
    },
  }
  const identity = { topic: 't', partition: 0, topicId, directory }
  return {
    disk,
    clock,
    around,
    dirty,
    create: () => PartitionLog.create({ ...identity, leaderEpoch: 0 }, config, around),
    open: (hints = {}, leaderEpoch = 0) =>
      PartitionLog.open({ ...identity, leaderEpoch }, config, around, {
        isIdentified: true,
        wasClosedCleanly: false,
        recoveryPoint: 0,
        logStartOffset: 0,
        ...hints,
      }),
  }
}

export interface BatchOptions {
  readonly count?: number
  readonly timestamp?: number
  readonly valueBytes?: number
  readonly key?: Buffer | null
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
}

export function batch(options: BatchOptions = {}): Buffer {
  const { count = 1, timestamp = startMs, valueBytes = 20, key = null, ...producer } = options
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: timestamp + index,
    key,
    value: Buffer.alloc(valueBytes, 97 + (index % 26)),
  }))
  return buildRecordBatch({ records, ...producer })
}

export function marker(producerId: number, isCommit: boolean, producerEpoch = 0): Buffer {
  return buildEndTransactionMarker({
    producerId,
    producerEpoch,
    isCommit,
    coordinatorEpoch: 0,
    timestamp: startMs,
  })
}

/** The value of a result that must be there at once. */
export function now<T>(value: MaybePromise<T>): T {
  if (isPromise(value)) throw new Error('expected a result at once')
  return value
}

export function append(log: PartitionLog, records: Buffer): AppendResult {
  return now(log.append(records, { origin: 'client', acksAll: false, nowMs: startMs }))
}

export function appendMarker(log: PartitionLog, records: Buffer): AppendResult {
  return now(log.append(records, { origin: 'coordinator', acksAll: false, nowMs: startMs }))
}

/** A copy of the bytes that a read returns. */
export function readBytes(
  log: PartitionLog,
  offset: number,
  options: { maxBytes?: number; minOneBatch?: boolean; limit?: ReadLimit } = {},
): Buffer {
  const { maxBytes = 1_000_000, minOneBatch = true, limit = 'high-watermark' } = options
  const { records } = log.read({ offset, maxBytes, minOneBatch, limit })
  const bytes = Buffer.from(records.bytes)
  records.release()
  return bytes
}

/** Base offsets of the whole batches in `bytes`. */
export function baseOffsets(bytes: Buffer): number[] {
  const offsets: number[] = []
  for (let at = 0; at + 12 <= bytes.length;) {
    const size = bytes.readInt32BE(at + 8) + 12
    if (at + size > bytes.length) break
    offsets.push(Number(bytes.readBigInt64BE(at)))
    at += size
  }
  return offsets
}

/** All batches of the log, however many segments hold them. */
export function allBaseOffsets(log: PartitionLog): number[] {
  const offsets: number[] = []
  let next: Offset | number = log.logStartOffset
  while (next < log.logEndOffset) {
    const bytes = readBytes(log, next)
    const found = baseOffsets(bytes)
    const last = found.at(-1)
    if (last === undefined) break
    offsets.push(...found)
    next = last + lastDelta(bytes) + 1
  }
  return offsets
}

function lastDelta(bytes: Buffer): number {
  let delta = 0
  for (let at = 0; at + 27 <= bytes.length; at += bytes.readInt32BE(at + 8) + 12) {
    delta = bytes.readInt32BE(at + 23)
  }
  return delta
}
