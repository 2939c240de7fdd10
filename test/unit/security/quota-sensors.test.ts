import { describe, expect, test } from 'vitest'
import { AverageSensor, RateSensor, TokenBucket } from '../../../src/security/quota-sensors.ts'

const windows = { sampleCount: 11, sampleMs: 1000 }

describe('a rate', () => {
  test('counts over at least ten full samples, as Kafka’s default windows do', () => {
    const sensor = new RateSensor(windows)
    sensor.record(1000, 5000)
    expect(sensor.rate(5000)).toBe(100)
  })

  test('counts the running sample as time on top of full ones', () => {
    const sensor = new RateSensor(windows)
    sensor.record(1050, 5000)
    expect(sensor.rate(5500)).toBe(100)
    sensor.record(0, 14_500)
    sensor.record(1050, 15_000)
    expect(sensor.rate(15_000)).toBe(210)
  })

  test('forgets a sample eleven seconds after its last event', () => {
    const sensor = new RateSensor(windows)
    sensor.record(1000, 0)
    expect(sensor.rate(10_999)).toBeGreaterThan(0)
    expect(sensor.isIdle(10_999)).toBe(false)
    expect(sensor.isIdle(11_000)).toBe(true)
    expect(sensor.rate(11_000)).toBe(0)
  })

  test('the throttle time is how long the excess takes at the limit', () => {
    const sensor = new RateSensor(windows)
    sensor.record(1500, 0)
    // 150/s instead of 100/s, over ten seconds.
    expect(sensor.throttleMs(100, 0)).toBe(5000)
    expect(sensor.throttleMs(150, 0)).toBe(0)
  })

  test('what is taken back was never used', () => {
    const sensor = new RateSensor(windows)
    sensor.record(900, 0)
    sensor.record(5000, 10)
    sensor.record(-5000, 10)
    expect(sensor.throttleMs(100, 10)).toBe(0)
  })

  test('goes round its samples for as long as it lives', () => {
    const sensor = new RateSensor(windows)
    let throttledCount = 0
    for (let nowMs = 0; nowMs < 120_000; nowMs += 100) {
      sensor.record(10, nowMs)
      if (sensor.throttleMs(101, nowMs) > 0) throttledCount += 1
    }
    expect(sensor.rate(119_900)).toBeGreaterThan(95)
    expect(sensor.rate(119_900)).toBeLessThan(105)
    expect(throttledCount).toBeLessThan(400)
  })
})

describe('a bucket of tokens', () => {
  test('is full at first: the limit times all samples', () => {
    expect(new TokenBucket(windows).tokens(2, 0)).toBe(22)
  })

  test('goes below nothing once, and the debt decides the throttle time', () => {
    const bucket = new TokenBucket(windows)
    bucket.take(30, 2, 0)
    expect(bucket.throttleMs(2, 0)).toBe(4000)
    expect(bucket.throttleMs(2, 3000)).toBe(1000)
    expect(bucket.throttleMs(2, 4000)).toBe(0)
    expect(bucket.isIdle(2, 4000)).toBe(false)
    expect(bucket.isIdle(2, 15_000)).toBe(true)
  })

  test('never holds more than a burst', () => {
    const bucket = new TokenBucket(windows)
    bucket.take(5, 2, 0)
    expect(bucket.tokens(2, 3_600_000)).toBe(22)
  })
})

test('an average is over what was recorded in the last samples, and 0 where nothing was', () => {
  const sensor = new AverageSensor({ sampleCount: 2, sampleMs: 1000 })
  expect(sensor.average(0)).toBe(0)
  sensor.record(10, 0)
  sensor.record(40, 500)
  expect(sensor.average(600)).toBe(25)
  sensor.record(7, 2000)
  expect(sensor.average(2900)).toBeCloseTo(7, 9)
  expect(sensor.average(9000)).toBe(0)
})
