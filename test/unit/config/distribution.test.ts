// The configurations that Apache Kafka is delivered with are taken as they are.
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/load.ts'

const common = `
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
`

const ownProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']
  .map((name) => `${name}:${name}`)
  .join(',')

const kraft = `
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,${ownProtocols}
log.dirs=/tmp/kraft-combined-logs
${common}`

const deliveries = {
  'of Kafka 4, server.properties': `${kraft}
controller.quorum.bootstrap.servers=localhost:9093
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
`,
  'of Kafka 3, kraft/server.properties': `${kraft}
controller.quorum.voters=1@localhost:9093
advertised.listeners=PLAINTEXT://localhost:9092
`,
  'of Kafka 3 and ZooKeeper, server.properties': `
broker.id=0
log.dirs=/tmp/kafka-logs
${common}
zookeeper.connect=localhost:2181
zookeeper.connection.timeout.ms=18000
group.initial.rebalance.delay.ms=0
`,
}

test.each(Object.entries(deliveries))('%s', (_, text) => {
  const file = { path: 'server.properties', text }
  const { config, notices } = loadConfig({ file, environment: {}, overrides: [] })
  expect(config.listeners.map(({ name, port }) => [name, port])).toEqual([['PLAINTEXT', 9092]])
  expect(config.logDirs).toHaveLength(1)
  const warnings = notices.filter(({ level }) => level !== 'info').map(({ event }) => event)
  const open = 'other machines can use this broker without logging in'
  expect(warnings.filter((event) => event !== open)).toEqual([])
})
