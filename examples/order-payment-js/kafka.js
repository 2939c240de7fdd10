// What the services of this demo need of Kafka: the client, the topics, a consumer of JSON
// messages.
import { once } from 'node:events'
import { connect } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'

const bootstrap = process.env.KAFKA_BOOTSTRAP ?? 'localhost:9092'

export function createKafka(clientId) {
  return new Kafka({
    clientId,
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 10, maxRetryTime: 2000 }, // outlives a restart of the broker
  })
}

/** Creates the demo's topics with 3 partitions each; topics that exist already stay as they are. */
export async function createTopics(kafka) {
  const admin = kafka.admin()
  await admin.connect()
  const topics = ['orders', 'payments'].map((topic) => ({ topic, numPartitions: 3 }))
  await admin.createTopics({ topics, waitForLeaders: true })
  await admin.disconnect()
}

/**
 * Hands each message of `topic` to `handle(value, delay)`, one after the other; returns after
 * `count` of them, or at ctrl-C.
 */
export async function consume({ kafka, topic, groupId, count, handle }) {
  const consumer = kafka.consumer({ groupId })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = payload.memberAssignment[topic] ?? []
    console.log(`[${groupId}] ready, reads partitions [${partitions.join(', ')}]`)
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let handled = 0
  await new Promise((resolve, reject) => {
    process.once('SIGINT', resolve)
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    const eachMessage = async ({ message }) => {
      await handle(JSON.parse(message.value.toString()), Date.now() - Number(message.timestamp))
      handled += 1
      if (handled === count) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
}

/** Runs a service; an error, such as no broker, is a plain message, not a stack trace. */
export async function start(main) {
  try {
    await checkBroker()
    await main()
    process.exit(0) // a connection that kafkajs lost in a broker's restart must not keep us here
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

/** Throws at once when nothing listens at the broker's address; the client would try for long. */
async function checkBroker() {
  const [, host, port] = /^(.*):(\d+)$/.exec(bootstrap.split(',')[0]) ?? []
  try {
    if (port === undefined) throw new Error('not host:port')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    socket.destroy()
  } catch (error) {
    throw new Error(
      `No Kafka broker at ${bootstrap} (${error.message || error.code}).\n` +
        'Start one (`npm start` in the project folder), or set KAFKA_BOOTSTRAP=host:port.',
    )
  }
}

/** The number after `--name` on the command line. */
export function numberArgument(name, fallback) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
