// Client telemetry through the broker's APIs. The expected answers, subscription ids included, are
// those of an Apache Kafka 4.3 that was asked the same.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { otlpMetrics } from '../../support/otlp-writer.ts'
import { SimBroker } from '../../support/sim-broker.ts'
import type { SimConnection } from '../../support/sim-broker.ts'

const clientInstanceId = 'ABCDEFGHIJKLMNOPQRSTUQ'
const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'
const oneUuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
const throttled = 89

async function subscribe(
  broker: SimBroker,
  name: string,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const configs = Object.entries(values).map(([key, value]) => ({
    name: key,
    configOperation: value === null ? 1 : 0,
    value,
  }))
  const resources = [{ resourceType: 16, resourceName: name, configs }]
  const request = { resources, validateOnly: false }
  const { responses } = await broker.ask('IncrementalAlterConfigs', 1, request)
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([0])
}

const get = (broker: SimBroker, id = clientInstanceId, connection?: SimConnection) =>
  broker.ask('GetTelemetrySubscriptions', 0, { clientInstanceId: id }, connection)

async function push(
  broker: SimBroker,
  changes: Partial<{
    clientInstanceId: string
    subscriptionId: number
    terminating: boolean
    compressionType: number
    metrics: Buffer
  }>,
): Promise<number> {
  const { errorCode } = await broker.ask('PushTelemetry', 0, {
    clientInstanceId,
    subscriptionId: 0,
    terminating: false,
    compressionType: 0,
    metrics: Buffer.alloc(0),
    ...changes,
  })
  return errorCode
}

/** A broker with a subscription that fits every client, and the client's subscription. */
async function subscribed() {
  const broker = await SimBroker.start()
  await subscribe(broker, 's1', { 'interval.ms': '500', metrics: 'org.apache.kafka.a.' })
  const { subscriptionId } = await get(broker)
  return { broker, subscriptionId }
}

describe('what a client is to push', () => {
  test('is nothing while there are no subscriptions; the id is Kafka’s', async () => {
    const broker = await SimBroker.start()
    expect(await get(broker)).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      clientInstanceId,
      subscriptionId: 1333049474,
      acceptedCompressionTypes: [4, 3, 1, 2],
      pushIntervalMs: 300_000,
      telemetryMaxBytes: 1_048_576,
      deltaTemporality: true,
      requestedMetrics: [],
    })
    expect(await get(broker, oneUuid)).toMatchObject({ errorCode: 0, subscriptionId: -725132321 })
    await broker.core.close()
  })

  test('a client without an id is given one', async () => {
    const broker = await SimBroker.start()
    const { errorCode, clientInstanceId: given } = await get(broker, zeroUuid)
    expect(errorCode).toBe(0)
    expect(given).toMatch(/^[\w-]{22}$/)
    expect(given).not.toBe(zeroUuid)
    await broker.core.close()
  })

  test('asking again within the interval is throttled, unless subscriptions changed', async () => {
    const broker = await SimBroker.start()
    await get(broker)
    expect(await get(broker)).toMatchObject({
      errorCode: throttled,
      clientInstanceId: zeroUuid,
      acceptedCompressionTypes: [],
      telemetryMaxBytes: 0,
    })
    await subscribe(broker, 's1', { 'interval.ms': '500', metrics: 'org.apache.kafka.a.' })
    expect(await get(broker)).toMatchObject({
      errorCode: 0,
      subscriptionId: 192583362,
      pushIntervalMs: 500,
      requestedMetrics: ['org.apache.kafka.a.'],
    })
    await broker.core.close()
  })

  test('is what all subscriptions that fit it ask for, * instead of anything else', async () => {
    const { broker } = await subscribed()
    await subscribe(broker, 's2', { metrics: '*', match: 'client_software_name=test' })
    expect(await get(broker)).toMatchObject({ subscriptionId: 821279719, requestedMetrics: ['*'] })
    const cases: (readonly [match: string, fits: boolean])[] = [
      ['client_software_name=tes', false],
      ['client_source_address=127.*,client_id=.*', true],
      ['client_source_address=127.*,client_id=other', false],
      [`client_instance_id=${clientInstanceId}`, true],
      ['client_source_port=[0-9]+', true],
    ]
    for (const [match, fits] of cases) {
      await subscribe(broker, 's2', { match })
      const requestedMetrics = fits ? ['*'] : ['org.apache.kafka.a.']
      expect(await get(broker)).toMatchObject({ errorCode: 0, requestedMetrics })
    }
    await subscribe(broker, 's2', { match: null, metrics: null })
    await subscribe(broker, 's1', { 'interval.ms': null, metrics: null })
    expect(await get(broker)).toMatchObject({ subscriptionId: 1333049474, requestedMetrics: [] })
    await broker.core.close()
  })

  test('a client whose connection ended may ask anew', async () => {
    const broker = await SimBroker.start()
    const connection = broker.connect()
    await get(broker, clientInstanceId, connection)
    expect(await get(broker)).toMatchObject({ errorCode: throttled })
    connection.close()
    expect(await get(broker)).toMatchObject({ errorCode: 0 })
    await broker.core.close()
  })

  test('ApiVersions names the APIs while somebody subscribes', async () => {
    const broker = await SimBroker.start()
    const told = async () => {
      const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
      const { apiKeys } = await broker.ask('ApiVersions', 3, software)
      return apiKeys.filter(({ apiKey }) => apiKey === 71 || apiKey === 72).length
    }
    expect(await told()).toBe(0)
    await subscribe(broker, 's1', { metrics: '*' })
    expect(await told()).toBe(2)
    await subscribe(broker, 's1', { metrics: null })
    expect(await told()).toBe(0)
    await broker.core.close()
  })
})

describe('pushing', () => {
  test('reserved ids, unknown subscriptions, codecs and sizes are refused in Kafka’s order', async () => {
    const { broker, subscriptionId } = await subscribed()
    expect(await push(broker, { clientInstanceId: zeroUuid })).toBe(42)
    expect(await push(broker, { clientInstanceId: oneUuid })).toBe(42)
    expect(await push(broker, { subscriptionId: subscriptionId + 1 })).toBe(117)
    expect(await push(broker, { subscriptionId })).toBe(throttled)
    broker.clock.advance(500)
    expect(await push(broker, { subscriptionId, compressionType: 9 })).toBe(76)
    broker.clock.advance(500)
    expect(await push(broker, { subscriptionId, metrics: Buffer.alloc(1_048_577) })).toBe(118)
    broker.clock.advance(500)
    expect(await push(broker, { subscriptionId, metrics: Buffer.from('garbage') })).toBe(87)
    broker.clock.advance(500)
    const garbage = { metrics: Buffer.from('garbage'), compressionType: 1 }
    expect(await push(broker, { subscriptionId, ...garbage })).toBe(87)
    expect(broker.bugs).toEqual([])
    await broker.core.close()
  })

  test('a last push comes at any time, and nothing after it', async () => {
    const { broker, subscriptionId } = await subscribed()
    expect(await push(broker, { subscriptionId })).toBe(0)
    expect(await push(broker, { subscriptionId, terminating: true })).toBe(0)
    expect(await push(broker, { subscriptionId, terminating: true })).toBe(42)
    expect(await get(broker)).toMatchObject({ errorCode: throttled })
    broker.clock.advance(500)
    expect(await push(broker, { subscriptionId })).toBe(42)
    await broker.core.close()
  })

  test('what is pushed can be read, compressed or not, until the client is long gone', async () => {
    const { broker, subscriptionId } = await subscribed()
    const { telemetry } = broker.core.services
    const metrics = otlpMetrics([{ name: 'm', kind: 'delta', value: 2n }], { client_rack: 'r' })
    expect(await push(broker, { subscriptionId, metrics })).toBe(0)
    broker.clock.advance(500)
    const compressed = { metrics: gzipSync(metrics), compressionType: 1 }
    expect(await push(broker, { subscriptionId, ...compressed })).toBe(0)
    expect([...telemetry.metrics()]).toMatchObject([
      { metric: 'm', value: 4, isGauge: false, attributes: new Map([['client_rack', 'r']]) },
    ])
    broker.clock.advance(60_000)
    expect([...telemetry.metrics()]).toEqual([])
    await broker.core.close()
  })

  test('what inflates to far more than may be pushed is refused', async () => {
    const { broker, subscriptionId } = await subscribed()
    const bomb = { metrics: gzipSync(Buffer.alloc(64 * 1024 * 1024)), compressionType: 1 }
    expect(await push(broker, { subscriptionId, ...bomb })).toBe(87)
    expect([...broker.core.services.telemetry.metrics()]).toEqual([])
    await broker.core.close()
  })
})
