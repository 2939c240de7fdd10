// What requests were told, and what it cost to serve clients that are old or over their quota, as the page of
// metrics shows it.
import { expect, test } from 'vitest'
import { buildMessageSet } from '../../../protocol/message-set.ts'
import { exposeMetrics } from '../../../src/monitoring/exposition.ts'
import { allMetrics } from '../../../src/monitoring/metrics.ts'
import { monitoredSim, produceTo } from '../../support/monitored-sim.ts'
import { SimBroker } from '../../support/sim-broker.ts'

async function pageOf(sim: SimBroker): Promise<string> {
  return Buffer.concat(await exposeMetrics(allMetrics, monitoredSim(sim), 'prometheus')).toString()
}

const errors = 'kafka_network_requestmetrics_errors_total'

test('every error code of an answer is counted by API, none being one of them', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders', 2)
  await produceTo(sim, 'orders', 1)
  const partition = (index: number) => ({ partition: index, fetchOffset: 0, partitionMaxBytes: 1 })
  await sim.ask('Fetch', 11, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic: 'orders', partitions: [partition(0), partition(1), partition(2)] }],
  })
  const text = await pageOf(sim)
  expect(text).toContain(`${errors}{request="Produce",error="NONE"} 1\n`)
  // Two partitions, and the answer itself.
  expect(text).toContain(`${errors}{request="Fetch",error="NONE"} 3\n`)
  expect(text).toContain(`${errors}{request="Fetch",error="UNKNOWN_TOPIC_OR_PARTITION"} 1\n`)
  expect(text).toContain(`${errors}{request="FetchConsumer",error="NONE"} 3\n`)
})

test('what is refused without an answer is counted too', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders')
  const records = Buffer.from('no batch at all')
  const request = {
    acks: 0,
    timeoutMs: 1000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  }
  await sim.send('Produce', 9, request)
  expect(await pageOf(sim)).toMatch(/errors_total\{request="Produce",error="INVALID_RECORD"\} 1\n/)
})

test('records that are converted for old clients are counted by topic, in and out', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders')
  await sim.createTopic('zipped', 1, { 'compression.type': 'gzip' })
  const message = { timestamp: sim.clock.nowMs(), key: null, value: Buffer.from('v') }
  const messages = [0, 1].map((offset) => ({ ...message, offset }))
  const records = await buildMessageSet({ magic: 1, messages, timestampType: 'CreateTime' }, 'none')
  await sim.ask('Produce', 2, {
    acks: 1,
    timeoutMs: 1000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  })
  await produceTo(sim, 'orders', 3)
  await produceTo(sim, 'zipped', 4)
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
  await sim.ask('Fetch', 2, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic: 'orders', partitions }],
  })
  const text = await pageOf(sim)
  const traffic = 'kafka_server_brokertopicmetrics'
  expect(text).toContain(`${traffic}_producemessageconversions_total{topic="orders"} 2\n`)
  expect(text).toContain(`${traffic}_producemessageconversions_total{topic="zipped"} 4\n`)
  expect(text).toContain(`${traffic}_fetchmessageconversions_total{topic="orders"} 5\n`)
  expect(text).toContain(`${traffic}_fetchmessageconversions_total 5\n`)
})

test('a quota shows its use and how its clients are throttled; the request shows it as well', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders')
  await sim.ask('AlterClientQuotas', 1, {
    entries: [
      {
        entity: [{ entityType: 'user', entityName: null }],
        ops: [{ key: 'producer_byte_rate', value: 10, remove: false }],
      },
    ],
    validateOnly: false,
  })
  await produceTo(sim, 'orders', 5)
  const text = await pageOf(sim)
  const [, rate] = /kafka_server_produce_byte_rate\{user="ANONYMOUS"\} (.*)\n/.exec(text) ?? []
  const [, throttle] =
    /kafka_server_produce_throttle_time\{user="ANONYMOUS"\} (.*)\n/.exec(text) ?? []
  expect(Number(rate)).toBeGreaterThan(10)
  expect(Number(throttle)).toBeGreaterThan(100)
  expect(text).toMatch(/throttletimems\{request="Produce",quantile="0.99"\} [1-9]\d{2}/)
  expect(text).not.toContain('kafka_server_fetch_byte_rate{')
})

test('the quorum of the metadata log has a leader and a high watermark', async () => {
  const sim = await SimBroker.start()
  const before = await pageOf(sim)
  await sim.createTopic('orders')
  const text = await pageOf(sim)
  const highWatermark = (page: string) =>
    Number(/kafka_server_raftmetrics_high_watermark (\d+)/.exec(page)?.[1])
  expect(text).toContain('kafka_server_raftmetrics_current_state{current_state="leader"} 1\n')
  expect(text).toContain('kafka_server_raftmetrics_current_leader 1\n')
  expect(highWatermark(text)).toBeGreaterThan(highWatermark(before))
})
