import { describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../../src/base/units.ts'
import { FetchPace, paceAfter } from '../../../src/handlers/fetch-pace.ts'

interface Consumer {
  /** What it takes, bytes a ms. */
  readonly takes: (nowMs: number) => number
  /** With so much in its queue it asks for nothing for a second, as librdkafka does. */
  readonly queueBytes: number
  /** How fast answers come when none is held, bytes a ms. */
  readonly givenRate: number
}

const answerBytes = 1 * MiB

/**
 * A consumer that catches up for so long: the share of the time in which it had something to take, and
 * how often it paused.
 */
function catchUp(consumer: Consumer, seconds: number, isPaced: boolean) {
  let nowMs = 0
  let queuedBytes = 0
  let busyMs = 0
  let pauses = 0
  let heldMs = 0
  let pace: FetchPace | null = null
  const pass = (durationMs: number): void => {
    for (const endMs = nowMs + durationMs; nowMs < endMs;) {
      const stepMs = Math.min(5, endMs - nowMs)
      const wantedBytes = consumer.takes(nowMs) * stepMs
      busyMs += stepMs * Math.min(1, queuedBytes / wantedBytes)
      queuedBytes = Math.max(0, queuedBytes - wantedBytes)
      nowMs += stepMs
    }
  }
  while (nowMs < seconds * 1000) {
    if (queuedBytes >= consumer.queueBytes) {
      pauses += 1
      pass(1000)
    }
    const holdMs = isPaced ? (pace?.holdMs(nowMs) ?? 0) : 0
    heldMs = Math.max(heldMs, holdMs)
    pass(holdMs)
    pace = paceAfter(pace, answerBytes, nowMs)
    pass(answerBytes / consumer.givenRate)
    queuedBytes += answerBytes
  }
  return { busyShare: busyMs / nowMs, pauses, heldMs }
}

/** Messages of 100 bytes, of which librdkafka queues 100,000. */
const smallMessages = { takes: () => 75_000, queueBytes: 12_000_000, givenRate: 300_000 }
/** Messages of 1 KiB, of which it queues 64 MiB. */
const largeMessages = { takes: () => 390_000, queueBytes: 64 * MiB, givenRate: 700_000 }

describe('FetchPace', () => {
  test('a consumer whose queue fills up has work for most of the time', () => {
    expect(catchUp(smallMessages, 20, false).busyShare).toBeLessThan(0.25)
    expect(catchUp(smallMessages, 20, true).busyShare).toBeGreaterThan(0.7)
    expect(catchUp(largeMessages, 20, false).busyShare).toBeLessThan(0.4)
    expect(catchUp(largeMessages, 20, true).busyShare).toBeGreaterThan(0.75)
  })

  test('follows a consumer that takes now more and now less', () => {
    const uneven = { ...smallMessages, takes: (nowMs: number) => 75_000 + 15_000 * Math.sin(nowMs) }
    expect(catchUp(uneven, 20, true).busyShare).toBeGreaterThan(0.65)
    const slower = {
      ...smallMessages,
      takes: (ms: number) => (ms % 12_000 < 6000 ? 90_000 : 40_000),
    }
    const unpaced = catchUp(slower, 30, false).busyShare
    expect(catchUp(slower, 30, true).busyShare).toBeGreaterThan(2 * unpaced)
  })

  test('costs a consumer nothing that is busy all the time', () => {
    const slow = { ...smallMessages, takes: () => 9000 }
    expect(catchUp(slow, 20, true).busyShare).toBeGreaterThan(0.99)
  })

  test('holds no answer longer than a tenth of a second', () => {
    const { heldMs } = catchUp({ ...smallMessages, takes: () => 500 }, 60, true)
    expect(heldMs).toBeLessThanOrEqual(100)
  })

  test('who never pauses is never held', () => {
    const fast = { ...smallMessages, takes: () => 500_000 }
    expect(catchUp(fast, 20, true)).toMatchObject({ pauses: 0, heldMs: 0 })
  })

  test('who works on each answer before it asks again is never held', () => {
    const pace = new FetchPace(0)
    for (let nowMs = 0; nowMs < 100_000; nowMs += 2000) {
      expect(pace.holdMs(nowMs)).toBe(0)
      pace.given(answerBytes, nowMs)
    }
  })

  test('a long absence is no pause', () => {
    const pace = new FetchPace(0)
    for (let nowMs = 0; nowMs < 100; nowMs += 1) pace.given(answerBytes, nowMs)
    expect(pace.holdMs(6000)).toBe(0)
    for (let nowMs = 6000; nowMs < 6100; nowMs += 1) {
      pace.given(answerBytes, nowMs)
      expect(pace.holdMs(nowMs)).toBe(0)
    }
  })

  test('fetches that are given nothing, as by a quota, do not slow it down', () => {
    const pace = new FetchPace(0)
    for (let nowMs = 0; nowMs < 100; nowMs += 1) pace.given(answerBytes, nowMs)
    for (const nowMs of [1100, 2100, 3100]) expect(pace.holdMs(nowMs)).toBe(0)
    for (let count = 0; count < 40; count++) pace.given(answerBytes, 3100)
    const holdMs = pace.holdMs(3101)
    expect(holdMs).toBeGreaterThan(0)
    expect(pace.holdMs(3101 + holdMs)).toBe(0)
  })

  test('a small answer says that the consumer has caught up', () => {
    const pace = paceAfter(null, 64 * KiB, 0)
    expect(pace).not.toBeNull()
    expect(paceAfter(pace, 64 * KiB, 1)).toBe(pace)
    expect(paceAfter(pace, 64 * KiB - 1, 2)).toBeNull()
  })
})
