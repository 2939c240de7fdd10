// The page of metrics over a whole simulated broker: its text obeys the formats, and its numbers follow
// what clients do.
import { expect, test } from 'vitest'
import type { Clock } from '../../../src/io/clock.ts'
import { exposeMetrics } from '../../../src/monitoring/exposition.ts'
import type { MonitoredBroker } from '../../../src/monitoring/metric.ts'
import { gauge } from '../../../src/monitoring/metric.ts'
import { allMetrics } from '../../../src/monitoring/metrics.ts'
import { produceTo, monitoredSim } from '../../support/monitored-sim.ts'
import { otlpMetrics } from '../../support/otlp-writer.ts'
import { ShareMember, types } from '../../support/share-member.ts'
import { SimBroker } from '../../support/sim-broker.ts'

async function page(broker: MonitoredBroker, format: 'prometheus' | 'openmetrics' = 'prometheus') {
  return Buffer.concat(await exposeMetrics(allMetrics, broker, format)).toString()
}

test('names are unique, and made as Prometheus wants them', () => {
  const names = allMetrics.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, type, labels } of allMetrics) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
    if (name.endsWith('_total')) expect(type).toBe('counter')
    for (const label of labels) expect(label).toMatch(/^[a-zA-Z_]+$/)
  }
})

test('every line is a comment or a sample, and no sample repeats', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders', 3)
  await produceTo(sim, 'orders', 2)
  const lines = (await page(monitoredSim(sim))).trimEnd().split('\n')
  const sample = /^[a-z][a-z0-9_]*(\{[a-zA-Z_]+="[^"\n]*"(,[a-zA-Z_]+="[^"\n]*")*\})? -?[0-9.e+-]+$/
  const samples = lines.filter((line) => !line.startsWith('#'))
  for (const line of samples) expect(line).toMatch(sample)
  const keys = samples.map((line) => line.slice(0, line.lastIndexOf(' ')))
  expect(new Set(keys).size).toBe(keys.length)
})

test('what clients append and read is counted, by topic and in all', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders', 3)
  await produceTo(sim, 'orders', 5)
  await sim.ask('Fetch', 4, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1e6,
    topics: [
      { topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }] },
    ],
  })
  const text = await page(monitoredSim(sim))
  const traffic = 'kafka_server_brokertopicmetrics'
  expect(text).toContain(`${traffic}_messagesin_total 5\n`)
  expect(text).toContain(`${traffic}_messagesin_total{topic="orders"} 5\n`)
  expect(text).toMatch(new RegExp(`${traffic}_bytesout_total\\{topic="orders"\\} [1-9]`))
  expect(text).toContain('kafka_log_log_logendoffset{topic="orders",partition="0"} 5\n')
  expect(text).toContain(
    'kafka_network_requestmetrics_requests_total{request="FetchConsumer",version="4"} 1\n',
  )
  expect(text).toContain('kafka_server_replicamanager_partitioncount 3\n')
})

test('a refused append is counted as failed', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders')
  await sim.ask('Produce', 9, {
    acks: 1,
    timeoutMs: 1000,
    topicData: [
      { name: 'orders', partitionData: [{ index: 0, records: Buffer.from('no batch at all') }] },
    ],
  })
  const text = await page(monitoredSim(sim))
  const failed = 'kafka_server_brokertopicmetrics_failedproducerequests_total{topic="orders"}'
  expect(text).toContain(`${failed} 1\n`)
})

test('a group that is behind has a lag, and an oldest unread record with an age', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders', 1, { 'retention.ms': '100000' })
  await produceTo(sim, 'orders', 5)
  await sim.ask('OffsetCommit', 8, {
    groupId: 'readers',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name: 'orders',
        partitions: [{ partitionIndex: 0, committedOffset: 2, committedMetadata: null }],
      },
    ],
  })
  sim.clock.advance(30_000)
  const broker = monitoredSim(sim)
  const text = await page(broker)
  const labels = '{consumergroup="readers",topic="orders",partition="0"}'
  expect(text).toContain(`kafka_consumergroup_lag${labels} 3\n`)
  expect(text).toContain(`kafka_consumergroup_current_offset${labels} 2\n`)
  expect(text).toContain(`ottla_consumergroup_oldest_unread_age_seconds${labels} 30\n`)
  expect(text).toContain(`ottla_consumergroup_unread_expires_seconds${labels} 70\n`)
  expect(text).toContain(`ottla_consumergroup_deleted_unread${labels} 0\n`)
  expect(text).toContain('kafka_coordinator_group_groupmetadatamanager_numoffsets 1\n')
})

test('a group’s lag is summed over the partitions of each topic', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('a', 2)
  await sim.createTopic('b')
  await produceTo(sim, 'a', 5)
  await produceTo(sim, 'b', 3)
  const at = (partitionIndex: number, committedOffset: number) => {
    return { partitionIndex, committedOffset, committedMetadata: null }
  }
  await sim.ask('OffsetCommit', 8, {
    groupId: 'readers',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      { name: 'a', partitions: [at(0, 1), at(1, 0)] },
      { name: 'b', partitions: [at(0, 3)] },
    ],
  })
  const text = await page(monitoredSim(sim))
  expect(text).toContain('kafka_consumergroup_lag_sum{consumergroup="readers",topic="a"} 4\n')
  expect(text).toContain('kafka_consumergroup_lag_sum{consumergroup="readers",topic="b"} 0\n')
  expect(text).toContain(
    'kafka_consumergroup_current_offset_sum{consumergroup="readers",topic="b"} 3\n',
  )
  expect(text).toContain('ottla_groups{type="classic",state="Empty"} 1\n')
})

test('a share group has a lag, and records that it has begun with', async () => {
  const sim = await SimBroker.start({ 'share.coordinator.state.topic.num.partitions': '1' })
  const topicId = await sim.createTopic('jobs')
  const member = new ShareMember(sim, 'workers', 'm', topicId)
  await member.heartbeat(['jobs'])
  await member.fetch()
  await produceTo(sim, 'jobs', 5)
  const { acquired } = await member.fetch({ maxRecords: 5 })
  expect(acquired).toEqual([{ first: 0, last: 4, count: 1 }])
  await member.fetch({ acknowledge: [[0, 1, [types.accept]]] })
  const text = await page(monitoredSim(sim))
  const labels = '{sharegroup="workers",topic="jobs",partition="0"}'
  expect(text).toContain(`ottla_sharegroup_start_offset${labels} 2\n`)
  expect(text).toContain(`ottla_sharegroup_lag${labels} 3\n`)
  expect(text).toContain(`ottla_sharegroup_in_flight${labels} 3\n`)
  expect(text).toContain('kafka_consumergroup_members{consumergroup="workers"} 1\n')
})

test('listeners tell how clients fared, and how long their certificate is good', async () => {
  const sim = await SimBroker.start()
  const text = await page(monitoredSim(sim))
  const labels = '{listener="SSL",networkProcessor="0"}'
  const sockets = 'kafka_server_socket_server_metrics'
  expect(text).toContain(`${sockets}_connection_creation_total${labels} 2\n`)
  expect(text).toContain(`${sockets}_failed_authentication_total${labels} 1\n`)
  expect(text).toContain(
    'ottla_listener_certificate_expires_seconds{listener="SSL",subject="CN=localhost"} 60\n',
  )
})

test('a slow scrape lets requests pass every few milliseconds', async () => {
  const sim = await SimBroker.start()
  const slow = gauge(
    'slow',
    'Takes 50 ms.',
    function* () {
      for (let index = 0; index < 50 * 64; index++) {
        if (index % 64 === 0) sim.clock.advance(1)
        yield [index, String(index)]
      }
    },
    ['index'],
  )
  const broker = monitoredSim(sim)
  let pauses = 0
  const clock: Clock = {
    nowMs: () => sim.clock.nowMs(),
    monotonicMs: () => sim.clock.monotonicMs(),
    after: (_, run) => {
      pauses += 1
      queueMicrotask(run)
      return () => undefined
    },
  }
  const services = Object.assign(Object.create(broker.services), { clock })
  await exposeMetrics([slow], { ...broker, services }, 'prometheus')
  expect(pauses).toBe(25)
})

test('OpenMetrics names counters without _total, and ends', async () => {
  const sim = await SimBroker.start()
  const text = await page(monitoredSim(sim), 'openmetrics')
  expect(text).toContain('# TYPE kafka_server_brokertopicmetrics_messagesin counter\n')
  expect(text).toContain('\nkafka_server_brokertopicmetrics_messagesin_total 0\n')
  expect(text).toContain('# TYPE kafka_log_logflushstats_logflushrateandtimems_count unknown\n')
  expect(text.endsWith('# EOF\n')).toBe(true)
})

test('labels are escaped, and values that are no numbers have their own words', async () => {
  const sim = await SimBroker.start()
  const odd = gauge(
    'odd',
    'Back\\slash\nline.',
    () => [
      [NaN, 'a"b\\c\nd'],
      [Infinity, ''],
    ],
    ['l'],
  )
  const [piece] = await exposeMetrics([odd], monitoredSim(sim), 'prometheus')
  expect(piece?.toString()).toBe(
    '# HELP odd Back\\\\slash\\nline.\n# TYPE odd gauge\nodd{l="a\\"b\\\\c\\nd"} NaN\nodd +Inf\n',
  )
})

test('what clients push stands there under its own name, with its attributes', async () => {
  const sim = await SimBroker.start()
  const metrics = otlpMetrics([
    { name: 'org.apache.kafka.m.rate', kind: 'gauge', value: 0.5, attributes: { topic: 't' } },
    { name: 'org.apache.kafka.m.total', kind: 'delta', value: 2n },
  ])
  const clientInstanceId = 'ABCDEFGHIJKLMNOPQRSTUQ'
  const { subscriptionId } = await sim.ask('GetTelemetrySubscriptions', 0, { clientInstanceId })
  const push = { clientInstanceId, subscriptionId, metrics, terminating: true, compressionType: 0 }
  expect(await sim.ask('PushTelemetry', 0, push)).toMatchObject({ errorCode: 0 })
  const text = await page(monitoredSim(sim))
  const labels = /ottla_client_metric\{metric="org.apache.kafka.m.rate",(.*)\} 0.5\n/.exec(
    text,
  )?.[1]
  expect(labels).toContain('clientinstanceid="ABCDEFGHIJKLMNOPQRSTUQ"')
  expect(labels).toContain('attributes="topic=t"')
  expect(text).toMatch(/ottla_client_metric_total\{metric="org.apache.kafka.m.total",[^}]*\} 2\n/)
  expect(text).toContain('kafka_server_client_metrics_instance_count 1\n')
})
