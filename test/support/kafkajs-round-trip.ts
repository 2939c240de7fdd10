// `kafkajs-round-trip.ts BOOTSTRAP`: writes a message, reads it in a group, prints the address that the
// client was told. A program of its own, to be run where only programs can go: in a network namespace.
import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'

const kafka = new Kafka({ brokers: [process.argv[2] ?? ''], logLevel: logLevel.ERROR })
const topic = `round-trip-${randomUUID()}`

const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic }], waitForLeaders: true })
const { brokers } = await admin.describeCluster()
await admin.disconnect()

const producer = kafka.producer()
await producer.connect()
await producer.send({ topic, messages: [{ value: 'hello' }] })
await producer.disconnect()

const consumer = kafka.consumer({ groupId: topic })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
const value = await new Promise<string>((resolve, reject) => {
  const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
    resolve(String(message.value))
    return Promise.resolve()
  }
  consumer.run({ eachMessage }).catch(reject)
})
await consumer.disconnect()

process.stdout.write(`${brokers.map(({ host, port }) => `${host}:${port}`).join()} ${value}\n`)
