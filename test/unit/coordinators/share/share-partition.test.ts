// The share partition machine: what is handed out, and random sequences of events against its
// invariants.
import { describe, expect, test } from 'vitest'
import { acknowledge } from '../../../../src/coordinators/share/acknowledge.ts'
import { acquire } from '../../../../src/coordinators/share/acquire.ts'
import type { OffsetSpan } from '../../../../src/coordinators/share/acquire.ts'
import type { AcknowledgeType } from '../../../../src/coordinators/share/delivery.ts'
import { SharePartition } from '../../../../src/coordinators/share/share-partition.ts'
import type { StateBatch, StateWrite } from '../../../../src/coordinators/share/share-partition.ts'
import { combineBatches } from '../../../../src/coordinators/share/state-batches.ts'
import { SeededRandom } from '../../../support/group-world.ts'

const rules = { recordLocksMax: 100, deliveryCountLimit: 5, lockDurationMs: 1000, mayRenew: true }

/** Batches of the log, by their last offsets. */
function log(...lastOffsets: number[]): OffsetSpan[] {
  return lastOffsets.map((lastOffset, index) => {
    return { firstOffset: (lastOffsets[index - 1] ?? -1) + 1, lastOffset }
  })
}

function take(
  partition: SharePartition,
  batches: readonly OffsetSpan[],
  more: {
    memberId?: string
    recordsMax?: number
    batchSize?: number
    mode?: 'batch-optimized' | 'record-limit'
    aborted?: readonly OffsetSpan[]
    nowMs?: number
    with?: Partial<typeof rules>
  } = {},
) {
  const fetchOffset = partition.nextFetchOffset()
  const request = {
    memberId: more.memberId ?? 'm',
    mode: more.mode ?? 'batch-optimized',
    batchSize: more.batchSize ?? 500,
    recordsMax: more.recordsMax ?? 500,
    fetchOffset,
    read: batches.filter(({ lastOffset }) => lastOffset >= fetchOffset),
    aborted: more.aborted ?? [],
  }
  const ranges = acquire(partition, request, { ...rules, ...more.with }, more.nowMs ?? 0)
  return ranges.map((range) => [range.firstOffset, range.lastOffset, range.deliveryCount])
}

function say(
  partition: SharePartition,
  [firstOffset, lastOffset]: readonly [number, number],
  types: readonly AcknowledgeType[],
  memberId = 'm',
): string {
  const request = { memberId, batches: [{ firstOffset, lastOffset, types }] }
  const step = acknowledge(partition, request, rules, 0)
  if ('write' in step && step.write !== null) partition.settle(step.write, true)
  return step.error
}

const fresh = () => new SharePartition({ startOffset: 0, batches: [] })

describe('acquiring', () => {
  test('cuts new records into ranges of about batchSize, at the batches of the log', () => {
    const ranges = take(fresh(), log(4, 9, 14, 19), { batchSize: 8 })
    expect(ranges).toEqual([
      [0, 9, 1],
      [10, 19, 1],
    ])
  })

  test('goes to the end of the batch that the limit falls into, unless records are limited', () => {
    expect(take(fresh(), log(4, 9, 14), { recordsMax: 6 })).toEqual([[0, 9, 1]])
    const limited = fresh()
    expect(take(limited, log(4, 9), { recordsMax: 6, mode: 'record-limit' })).toEqual([[0, 5, 1]])
    expect(take(limited, log(4, 9), { recordsMax: 6, mode: 'record-limit' })).toEqual([[6, 9, 1]])
  })

  test('stops at the lock limit, and goes on when the start moves', () => {
    const partition = fresh()
    const limit = { with: { recordLocksMax: 5 } }
    expect(take(partition, log(4, 9), limit)).toEqual([[0, 4, 1]])
    expect(take(partition, log(4, 9), limit)).toEqual([])
    say(partition, [0, 4], ['accept'])
    expect(take(partition, log(4, 9), limit)).toEqual([[5, 9, 1]])
  })

  test('skips offsets that the log has no records for any more', () => {
    const partition = fresh()
    take(partition, log(4, 9))
    say(partition, [0, 9], ['release'])
    expect(take(partition, [{ firstOffset: 7, lastOffset: 9 }])).toEqual([[7, 9, 2]])
    say(partition, [7, 9], ['accept'])
    expect([partition.startOffset, partition.nextFetchOffset()]).toEqual([10, 10])
  })

  test('keeps records of aborted transactions to itself, and moves over them', () => {
    const partition = fresh()
    const aborted = [{ firstOffset: 3, lastOffset: 4 }]
    expect(take(partition, log(2, 4, 6), { aborted })).toEqual([
      [0, 2, 1],
      [5, 6, 1],
    ])
    const alone = fresh()
    expect(take(alone, log(2), { aborted: [{ firstOffset: 0, lastOffset: 2 }] })).toEqual([])
    expect(alone.startOffset).toBe(3)
  })

  test('hands out what kills consumers in ever smaller company, at last alone', () => {
    const partition = fresh()
    const sizes: number[] = []
    for (let delivery = 0; delivery < 5; delivery++) {
      const ranges = take(partition, log(7))
      sizes.push(ranges.reduce((sum, [from = 0, to = 0]) => sum + to - from + 1, 0))
      partition.releaseMember('m', rules)
    }
    expect(sizes).toEqual([8, 8, 8, 4, 1])
  })
})

describe('acknowledging', () => {
  test('all of a request is taken or nothing', () => {
    const partition = fresh()
    take(partition, log(4))
    say(partition, [4, 4], ['accept'])
    expect(say(partition, [0, 4], ['accept'])).toBe('INVALID_RECORD_STATE')
    expect(say(partition, [0, 3], ['accept'], 'other')).toBe('INVALID_RECORD_STATE')
    expect(say(partition, [0, 9], ['accept'])).toBe('INVALID_REQUEST')
    expect(partition.startOffset).toBe(0)
    expect(say(partition, [0, 3], ['accept'])).toBe('NONE')
    expect(partition.startOffset).toBe(5)
  })

  test('what is being stored is neither acquired nor acknowledged again', () => {
    const partition = fresh()
    take(partition, log(4))
    const request = (type: AcknowledgeType) => {
      const batches = [{ firstOffset: 0, lastOffset: 4, types: [type] }]
      return acknowledge(partition, { memberId: 'm', batches }, rules, 0)
    }
    const step = request('release')
    expect(take(partition, log(4))).toEqual([])
    expect(request('accept').error).toBe('INVALID_RECORD_STATE')
    if (!('write' in step) || step.write === null) throw new Error('nothing to store')
    partition.settle(step.write, false)
    expect(partition.isHeldBy('m')).toBe(true)
    expect(say(partition, [0, 4], ['accept'])).toBe('NONE')
  })

  test('renewing is refused where the group does not have it', () => {
    const partition = fresh()
    take(partition, log(0))
    const batches = [{ firstOffset: 0, lastOffset: 0, types: ['renew' as const] }]
    const not = { ...rules, mayRenew: false }
    expect(acknowledge(partition, { memberId: 'm', batches }, not, 0).error).toBe(
      'INVALID_RECORD_STATE',
    )
    expect(acknowledge(partition, { memberId: 'm', batches }, rules, 500).error).toBe('NONE')
    expect(partition.nextLockEndMs()).toBe(1500)
  })
})

describe('a stored state', () => {
  const state = (firstOffset: number, lastOffset: number, deliveryState: number): StateBatch => {
    return { firstOffset, lastOffset, deliveryState, deliveryCount: 2 }
  }

  test('makes available what lies between its batches', () => {
    const batches = [state(2, 3, 2), state(6, 7, 0)]
    const partition = new SharePartition({ startOffset: 0, batches })
    expect(take(partition, log(9))).toEqual([
      [0, 1, 1],
      [4, 5, 1],
      [6, 7, 3],
      [8, 9, 1],
    ])
  })

  test('that contradicts itself is refused', () => {
    for (const batches of [[state(3, 2, 0)], [state(0, 4, 0), state(4, 5, 0)]]) {
      expect(() => new SharePartition({ startOffset: 0, batches })).toThrow('a stored batch')
    }
  })
})

/** A world of members, a log, and a keeper of states that may fail; all by seed. */
class World {
  readonly random: SeededRandom
  readonly ends: number[] = []
  partition = fresh()
  stored = { startOffset: 0, batches: [] as readonly StateBatch[] }
  /** Offset → who holds it, as members see it. */
  readonly holders = new Map<number, string>()
  /** What was acknowledged for good. */
  readonly over = new Set<number>()
  readonly deliveries = new Map<number, number>()
  nowMs = 0
  lastStart = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
  }

  step(): void {
    const steps = [
      () => this.append(),
      () => this.acquire(),
      () => this.acquire(),
      () => this.acknowledge(),
      () => this.acknowledge(),
      () => this.expire(),
      () => this.leave(),
      () => this.restart(),
    ]
    steps[this.random.below(steps.length)]?.()
    this.check()
  }

  append(): void {
    this.ends.push((this.ends.at(-1) ?? -1) + 1 + this.random.below(6))
  }

  acquire(): void {
    const memberId = `m${this.random.below(3)}`
    const mode = this.random.below(2) === 0 ? 'record-limit' : 'batch-optimized'
    const recordsMax = 1 + this.random.below(12)
    const batchSize = 1 + this.random.below(8)
    const { nowMs } = this
    const all = log(...this.ends)
    const ranges = take(this.partition, all, { memberId, mode, recordsMax, batchSize, nowMs })
    for (const [from = 0, to = 0, count = 0] of ranges) {
      for (let offset = from; offset <= to; offset++) {
        expect(this.holders.has(offset), `offset ${offset} is acquired by two`).toBe(false)
        expect(this.over.has(offset), `offset ${offset} was acknowledged`).toBe(false)
        expect(count).toBeLessThanOrEqual(rules.deliveryCountLimit)
        this.holders.set(offset, memberId)
        this.deliveries.set(offset, count)
      }
    }
    const acquired = ranges.reduce((sum, [from = 0, to = 0]) => sum + to - from + 1, 0)
    if (mode === 'record-limit') expect(acquired).toBeLessThanOrEqual(recordsMax)
  }

  acknowledge(): void {
    const held = [...this.holders]
    const [offset, memberId] = held[this.random.below(Math.max(1, held.length))] ?? []
    if (offset === undefined || memberId === undefined) return
    let last = offset
    while (this.holders.get(last + 1) === memberId && this.random.below(4) > 0) last += 1
    const kinds = ['accept', 'release', 'reject', 'gap'] as const
    const types = Array.from({ length: last - offset + 1 }, () => {
      return kinds[this.random.below(kinds.length)] ?? 'accept'
    })
    const batches = [{ firstOffset: offset, lastOffset: last, types }]
    const step = acknowledge(this.partition, { memberId, batches }, rules, this.nowMs)
    expect(step.error).toBe('NONE')
    if (!('write' in step) || step.write === null) return
    if (this.random.below(5) === 0) return this.partition.settle(step.write, false)
    this.let(step.write)
  }

  expire(): void {
    this.nowMs += this.random.below(1200)
    const due = this.partition.nextLockEndMs()
    const write = this.partition.expireLocks(rules, this.nowMs)
    expect(write === null).toBe(due === null || due > this.nowMs)
    this.let(write)
  }

  leave(): void {
    const write = this.partition.releaseMember(`m${this.random.below(3)}`, rules)
    this.let(write)
  }

  /** What was only acquired is forgotten; what was stored is not. */
  restart(): void {
    if (this.random.below(4) > 0) return
    this.partition = new SharePartition(this.stored)
    this.holders.clear()
    this.lastStart = Math.min(this.lastStart, this.partition.startOffset)
  }

  let(write: StateWrite | null): void {
    if (write === null) return
    this.store(write)
    for (const { firstOffset, lastOffset, deliveryState } of write.batches) {
      for (let offset = firstOffset; offset <= lastOffset; offset++) {
        this.holders.delete(offset)
        if (deliveryState !== 0) this.over.add(offset)
      }
    }
  }

  store(write: StateWrite): void {
    const { startOffset } = write
    const batches = combineBatches([...this.stored.batches, ...write.batches], startOffset)
    this.stored = { startOffset, batches }
    this.partition.settle(write, true)
  }

  check(): void {
    const { startOffset, endOffset } = this.partition
    expect(startOffset).toBeGreaterThanOrEqual(this.lastStart)
    expect(endOffset).toBeGreaterThanOrEqual(startOffset)
    for (let offset = this.lastStart; offset < startOffset; offset++) {
      expect(this.over.has(offset), `offset ${offset} was passed over`).toBe(true)
    }
    this.lastStart = startOffset
  }
}

describe('random sequences of events', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

  test.each(seeds)('keep the invariants, and in the end every record is over (seed %i)', (seed) => {
    const world = new World(seed)
    for (let round = 0; round < 200; round++) world.step()
    // Everybody is patient from now on.
    for (let round = 0; round < 5000; round++) {
      if (world.partition.startOffset > (world.ends.at(-1) ?? -1)) break
      world.acquire()
      const [held] = world.holders
      if (held === undefined) continue
      const [offset, memberId] = held
      const batches = [{ firstOffset: offset, lastOffset: offset, types: ['accept' as const] }]
      const step = acknowledge(world.partition, { memberId, batches }, rules, world.nowMs)
      if (!('write' in step) || step.write === null) throw new Error(`not taken: ${step.error}`)
      world.store(step.write)
      world.holders.delete(offset)
      world.over.add(offset)
      world.check()
    }
    expect(world.partition.startOffset).toBe((world.ends.at(-1) ?? -1) + 1)
  })
})
