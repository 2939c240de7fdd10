import { describe, expect, test } from 'vitest'
import type { PushedValue } from '../../../src/telemetry/otlp.ts'
import { PushedMetrics, valuesPerClientMax } from '../../../src/telemetry/pushed-metrics.ts'

const client = (id: string) => ({ clientInstanceId: id, clientId: `client-${id}` })
const value = (metric: string, kind: PushedValue['kind'], number: number): PushedValue => ({
  metric,
  kind,
  value: number,
  attributes: new Map(),
})
const at = (nowMs: number) => ({ nowMs, lifetimeMs: 1000 })
const shown = (pushed: PushedMetrics, nowMs: number) =>
  [...pushed.all(nowMs)].map((one) => [one.client.clientId, one.metric, one.isGauge, one.value])

describe('what clients pushed', () => {
  test('gauges and totals are replaced, deltas add up', () => {
    const pushed = new PushedMetrics()
    pushed.take(client('a'), [value('g', 'gauge', 5), value('d', 'delta', 5)], at(0))
    pushed.take(client('a'), [value('g', 'gauge', 3), value('d', 'delta', 3)], at(10))
    pushed.take(client('b'), [value('t', 'total', 5)], at(10))
    pushed.take(client('b'), [value('t', 'total', 7)], at(20))
    expect(shown(pushed, 20)).toEqual([
      ['client-a', 'g', true, 3],
      ['client-a', 'd', false, 8],
      ['client-b', 't', false, 7],
    ])
  })

  test('values with other attributes are other values', () => {
    const pushed = new PushedMetrics()
    const of = (topic: string) => ({
      ...value('m', 'gauge', 1),
      attributes: new Map([['topic', topic]]),
    })
    pushed.take(client('a'), [of('x'), of('y'), of('x')], at(0))
    expect(shown(pushed, 0)).toHaveLength(2)
  })

  test('a client that pushes no more is forgotten, and makes room', () => {
    const pushed = new PushedMetrics()
    pushed.take(client('a'), [value('g', 'gauge', 1)], at(0))
    pushed.take(client('b'), [value('g', 'gauge', 1)], at(500))
    expect(shown(pushed, 999)).toHaveLength(2)
    expect(shown(pushed, 1000)).toEqual([['client-b', 'g', true, 1]])
    expect(shown(pushed, 1500)).toEqual([])
  })

  test('one client has room for so many values; known ones still change', () => {
    const pushed = new PushedMetrics()
    const many = Array.from({ length: valuesPerClientMax + 1 }, (_, i) =>
      value(`m${i}`, 'gauge', 1),
    )
    expect(pushed.take(client('a'), many, at(0))).toBe(false)
    expect(shown(pushed, 0)).toHaveLength(valuesPerClientMax)
    expect(pushed.take(client('a'), [value('m0', 'gauge', 2)], at(0))).toBe(true)
    expect(shown(pushed, 0)[0]).toEqual(['client-a', 'm0', true, 2])
  })
})
