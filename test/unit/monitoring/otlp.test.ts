// OTLP's JSON: what a collector reads out of it is what the metrics said, however it was cut.
import { expect, test } from 'vitest'
import { counter, gauge } from '../../../src/monitoring/metric.ts'
import type { Metric, Sample } from '../../../src/monitoring/metric.ts'
import { OtlpBatches } from '../../../src/monitoring/otlp.ts'

const size = gauge('log_size', 'Bytes of "all" segments.', () => [], ['topic', 'partition'])
const requests = counter('requests_total', 'Requests.', () => [])

type Given = readonly (readonly [Metric, readonly Sample[]])[]

/** The bodies of the requests that these metrics make. */
async function bodiesOf(given: Given, batchSamplesMax = 100) {
  const bodies: unknown[] = []
  const batches = new OtlpBatches({
    resource: { 'service.name': 'ottla', empty: '' },
    scope: { name: 'ottla', version: '1.2.3' },
    startedAtMs: 1000,
    nowMs: 1_700_000_000_123.4,
    batchSamplesMax,
    send: (body) => void bodies.push(JSON.parse(body.toString())),
  })
  for (const [metric, samples] of given) {
    batches.metric()
    for (const sample of samples) await batches.sample(metric, sample)
  }
  await batches.flush()
  return bodies
}

const now = { timeUnixNano: '1700000000123000000' }
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

function requestOf(metrics: readonly unknown[]) {
  return {
    resourceMetrics: [
      {
        resource: { attributes: [attribute('service.name', 'ottla')] },
        scopeMetrics: [{ scope: { name: 'ottla', version: '1.2.3' }, metrics }],
      },
    ],
  }
}

test('gauges and counters have their values, times and labels', async () => {
  const given: Given = [
    [
      size,
      [
        [5, 'a"b', '0'],
        [0.25, 'c', ''],
      ],
    ],
    [requests, [[7]]],
  ]
  expect(await bodiesOf(given)).toEqual([
    requestOf([
      {
        name: 'log_size',
        description: 'Bytes of "all" segments.',
        gauge: {
          dataPoints: [
            {
              attributes: [attribute('topic', 'a"b'), attribute('partition', '0')],
              ...now,
              asDouble: 5,
            },
            { attributes: [attribute('topic', 'c')], ...now, asDouble: 0.25 },
          ],
        },
      },
      {
        name: 'requests_total',
        description: 'Requests.',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [{ attributes: [], startTimeUnixNano: '1000000000', ...now, asDouble: 7 }],
        },
      },
    ]),
  ])
})

test('a metric that does not fit into one request goes on in the next', async () => {
  const samples = Array.from({ length: 5 }, (_, index): Sample => [index, 't', String(index)])
  const bodies = await bodiesOf(
    [
      [size, samples],
      [requests, [[1]]],
    ],
    2,
  )
  const text = JSON.stringify(bodies)
  expect(bodies).toHaveLength(3)
  expect(text.match(/"asDouble":/g)).toHaveLength(6)
  expect(text.match(/"name":"log_size"/g)).toHaveLength(3)
})

test('what JSON has no word for is left out, and a metric without samples with it', async () => {
  expect(
    await bodiesOf([
      [
        size,
        [
          [NaN, 't', '0'],
          [Infinity, 't', '1'],
        ],
      ],
    ]),
  ).toEqual([])
  const [body] = await bodiesOf([
    [size, []],
    [requests, [[1]]],
  ])
  expect(JSON.stringify(body)).not.toContain('log_size')
})
