// The exporter on simulated time: when it sends, what it says of a collector that is away, and that it
// ends.
import { beforeEach, expect, test, vi } from 'vitest'
import type { BytesToPost } from '../../../src/io/post-bytes.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { OtlpExporter } from '../../../src/monitoring/otlp-exporter.ts'
import { monitoredSim } from '../../support/monitored-sim.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const intervalMs = 1000
/** A status that stands for a collector that takes bytes and says nothing. */
const noAnswer = 0
let sim: SimBroker
let posts: { readonly url: string; readonly request: BytesToPost }[]
let events: string[]
let status: number

/** The exporter of a broker with these settings. */
async function exporterWith(settings: Record<string, string>): Promise<OtlpExporter> {
  sim = await SimBroker.start({ 'ottla.otlp.interval.ms': String(intervalMs), ...settings })
  const broker = monitoredSim(sim)
  const log = (level: string) => (_: unknown, event: string) => events.push(`${level} ${event}`)
  const logger = { ...silentLogger, warn: log('warn'), info: log('info'), debug: log('debug') }
  return new OtlpExporter({
    broker,
    logger,
    post: async (url, request) => {
      posts.push({ url, request })
      if (status === noAnswer) await new Promise((_, reject) => (request.signal.onabort = reject))
      return Promise.resolve(status)
    },
    onBug: (error) => events.push(`bug ${String(error)}`),
  })
}

async function pass(): Promise<void> {
  sim.clock.advance(intervalMs)
  await new Promise((resolve) => setImmediate(resolve))
}

beforeEach(() => {
  posts = []
  events = []
  status = 200
})

test('metrics are sent every interval, with the headers that were asked for', async () => {
  const exporter = await exporterWith({
    'ottla.otlp.endpoint': 'http://collector:4318/',
    'ottla.otlp.headers': 'x-api-key=abc=, x-tenant = me',
  })
  exporter.start()
  await pass()
  await pass()
  expect(posts.map(({ url }) => url)).toEqual(Array(2).fill('http://collector:4318/v1/metrics'))
  const [first] = posts
  expect(first?.request.headers).toEqual({
    'content-type': 'application/json',
    'x-api-key': 'abc=',
    'x-tenant': 'me',
  })
  expect(JSON.parse(first?.request.body.toString() ?? '')).toMatchObject({
    resourceMetrics: [{ scopeMetrics: [{ scope: { name: 'ottla' } }] }],
  })
  exporter.stop()
  await pass()
  expect([posts.length, events]).toEqual([2, []])
})

test('a stop sends what was counted since, and nothing afterwards', async () => {
  const exporter = await exporterWith({ 'ottla.otlp.endpoint': 'http://collector:4318' })
  exporter.start()
  await exporter.close()
  expect(posts).toHaveLength(1)
  await pass()
  await exporter.close()
  expect([posts.length, events]).toEqual([1, []])
})

test('a stop gives a collector three seconds', async () => {
  const exporter = await exporterWith({ 'ottla.otlp.endpoint': 'http://collector:4318' })
  status = noAnswer
  const closed = exporter.close()
  await vi.waitFor(() => expect(posts).toHaveLength(1))
  sim.clock.advance(3000)
  await closed
  expect(posts[0]?.request.signal.aborted).toBe(true)
})

test('without an endpoint nothing is sent', async () => {
  const exporter = await exporterWith({})
  exporter.start()
  await pass()
  expect(posts).toEqual([])
})

test('a collector that refuses is told of once, and that it takes metrics again', async () => {
  const exporter = await exporterWith({})
  const endpoint = 'http://collector:4318/v1/metrics'
  status = 503
  await exporter.push(endpoint)
  await exporter.push(endpoint)
  status = 200
  await exporter.push(endpoint)
  await exporter.push(endpoint)
  expect(posts.map(({ url }) => url)).toEqual(Array(4).fill(endpoint))
  expect(events.map((event) => event.split(' (')[0])).toEqual([
    'warn metrics could not be sent',
    'debug metrics could not be sent',
    'info metrics are sent again',
  ])
})

test('an endpoint that is no URL is refused at the start', async () => {
  await expect(exporterWith({ 'ottla.otlp.endpoint': 'collector:4318' })).rejects.toThrow(
    /http or https URL/,
  )
})
