// A consumer in a process of its own, for tests that kill it: joins GROUP on TOPIC at BOOTSTRAP and
// prints its partitions as one JSON line after each rebalance. Run by `startMember`.
import { kafkaClient } from './kafkajs.ts'

const [bootstrap = '', groupId = '', topic = '', sessionTimeoutMs = '10000'] = process.argv.slice(2)
const consumer = kafkaClient(bootstrap).consumer({
  groupId,
  sessionTimeout: Number(sessionTimeoutMs),
  heartbeatInterval: 500,
})
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  process.stdout.write(`${JSON.stringify(payload.memberAssignment[topic] ?? [])}\n`)
})
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ eachMessage: () => Promise.resolve() })
