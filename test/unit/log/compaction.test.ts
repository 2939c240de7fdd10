import { describe, expect, test } from 'vitest'
import {
  compactableRange,
  dirtyRatio,
  groupSegments,
  isWorthCompacting,
} from '../../../src/log/compaction.ts'
import type { CompactableLog, CompactableSegment } from '../../../src/log/compaction.ts'

const forEver = Number.MAX_SAFE_INTEGER
const rules = { minCompactionLagMs: 0, maxCompactionLagMs: forEver, minCleanableDirtyRatio: 0.5 }
const groupRules = { segmentBytes: 250, segmentIndexBytes: 1000 }

function segment(baseOffset: number, given: Partial<CompactableSegment> = {}): CompactableSegment {
  return {
    baseOffset,
    byteLength: 100,
    largestTimestampMs: baseOffset,
    firstTimestampMs: baseOffset,
    offsetIndexBytes: 8,
    timeIndexBytes: 12,
    ...given,
  }
}

function log(given: Partial<CompactableLog> = {}): CompactableLog {
  return {
    segments: [segment(0), segment(100), segment(200), segment(300)],
    logStartOffset: 0,
    logEndOffset: 350,
    lastStableOffset: 350,
    compactedTo: undefined,
    ...given,
  }
}

describe('what may be compacted', () => {
  test('is everything below the active segment in a log that never was', () => {
    const range = compactableRange(log(), rules, 1000)
    expect(range).toMatchObject({
      firstDirtyOffset: 0,
      endOffset: 300,
      dirtyBytes: 300,
      cleanBytes: 0,
    })
  })

  test('begins where the last run ended', () => {
    const range = compactableRange(log({ compactedTo: 100 }), rules, 1000)
    expect(range).toMatchObject({ firstDirtyOffset: 100, cleanBytes: 100, dirtyBytes: 200 })
  })

  test('begins anew where the checkpoint lies outside the log', () => {
    expect(compactableRange(log({ compactedTo: 400 }), rules, 1000).firstDirtyOffset).toBe(0)
    const moved = log({ compactedTo: 50, logStartOffset: 120 })
    expect(compactableRange(moved, rules, 1000).firstDirtyOffset).toBe(120)
  })

  test('ends before a segment with undecided transactions', () => {
    expect(compactableRange(log({ lastStableOffset: 250 }), rules, 1000).endOffset).toBe(200)
  })

  test('ends before records that are younger than min.compaction.lag.ms', () => {
    const lag = { ...rules, minCompactionLagMs: 850 }
    expect(compactableRange(log(), lag, 1000).endOffset).toBe(200)
  })

  test('is nothing in a log of one segment', () => {
    const range = compactableRange(log({ segments: [segment(0)] }), rules, 1000)
    expect(range).toMatchObject({ endOffset: 0, dirtyBytes: 0 })
    expect(isWorthCompacting(range, rules)).toBe(false)
    expect(dirtyRatio(range)).toBe(0)
  })
})

describe('whether it is worth it', () => {
  test('is decided by the dirty share, which must be above the ratio', () => {
    const half = log({ compactedTo: 200, segments: [segment(0), segment(200), segment(300)] })
    expect(isWorthCompacting(compactableRange(half, rules, 1000), rules)).toBe(false)
    const more = compactableRange(log({ compactedTo: 100 }), rules, 1000)
    expect(isWorthCompacting(more, rules)).toBe(true)
  })

  test('is no question once a record is older than max.compaction.lag.ms', () => {
    const pressed = { ...rules, maxCompactionLagMs: 700 }
    const state = log({ compactedTo: 200 })
    expect(isWorthCompacting(compactableRange(state, pressed, 800), pressed)).toBe(false)
    expect(isWorthCompacting(compactableRange(state, pressed, 1000), pressed)).toBe(true)
  })
})

describe('groups', () => {
  const bases = (groups: readonly (readonly CompactableSegment[])[]): number[][] =>
    groups.map((group) => group.map(({ baseOffset }) => baseOffset))

  test('hold as many neighbours as fit a segment', () => {
    expect(bases(groupSegments(log().segments, 300, groupRules))).toEqual([[0, 100], [200]])
  })

  test('end before the first segment that is not compacted', () => {
    expect(bases(groupSegments(log().segments, 200, groupRules))).toEqual([[0, 100]])
  })

  test('never span more offsets than an index can tell', () => {
    const far = [
      segment(0, { byteLength: 1 }),
      segment(2 ** 31, { byteLength: 1 }),
      segment(2 ** 32),
    ]
    expect(bases(groupSegments(far, 2 ** 32, groupRules))).toEqual([[0], [2 ** 31]])
  })

  test('keep the indexes within segment.index.bytes', () => {
    const wide = log().segments.map((each) => ({ ...each, byteLength: 1, timeIndexBytes: 600 }))
    expect(bases(groupSegments(wide, 300, groupRules))).toEqual([[0], [100], [200]])
  })
})
