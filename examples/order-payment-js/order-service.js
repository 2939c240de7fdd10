// Sends orders to the topic `orders`, keyed by user: one user's orders stay in order.
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka, createTopics, numberArgument, start } from './kafka.js'

const count = numberArgument('count', Infinity)
const interval = numberArgument('interval', 1)

await start(async () => {
  const kafka = createKafka('order-service')
  await createTopics(kafka)
  const producer = kafka.producer()
  await producer.connect()
  let stopped = false
  process.once('SIGINT', () => (stopped = true))
  for (let orderId = 1; orderId <= count && !stopped; orderId++) {
    const order = {
      order_id: orderId,
      user_id: 1 + Math.floor(Math.random() * 5),
      amount: Math.round(500 + Math.random() * 99500) / 100,
      status: 'CREATED',
    }
    await producer.send({
      topic: 'orders',
      messages: [{ key: String(order.user_id), value: JSON.stringify(order) }],
    })
    console.log(
      `[order] order ${orderId} of user ${order.user_id}: ${order.amount.toFixed(2)} CREATED`,
    )
    await sleep(interval * 1000)
  }
  await producer.disconnect()
})
