// A program that is killed: `produce <bootstrap> <topic>` writes numbered records until it dies; `process <bootstrap>
// <from> <to>` reads, writes one record for each and commits offsets and output in one transaction.
import { kafkaClient } from './kafkajs.ts'

const [role, bootstrap = '', from = '', to = ''] = process.argv.slice(2)
const kafka = kafkaClient(bootstrap)
const recordsPerSend = 5
const pauseMs = 10

async function produce(): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let count = 0; ; count += recordsPerSend) {
    const messages = Array.from({ length: recordsPerSend }, (_, n) => ({
      value: `${process.pid}:${count + n}`,
    }))
    await producer.send({ topic: from, messages })
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

async function transform(): Promise<void> {
  const transactionalId = `${from}-to-${to}`
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
  const groupId = `${from}-processor`
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, maxWaitTimeInMs: 100 })
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topic: from, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { partition, messages } = batch
      const transaction = await producer.transaction()
      const results = messages.map(({ offset }) => ({ value: `${partition}@${offset}` }))
      await transaction.send({ topic: to, messages: results })
      const next = String(Number(batch.lastOffset()) + 1)
      const topics = [{ topic: from, partitions: [{ partition, offset: next }] }]
      await transaction.sendOffsets({ consumerGroupId: groupId, topics })
      await transaction.commit()
    },
  })
  // A member whose transaction failed has lost its place: another life takes over.
  consumer.on(consumer.events.CRASH, () => process.exit(1))
}

const run = role === 'produce' ? produce : transform
run().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
})
