// Reads `orders`, takes the money, and sends the outcome to the topic `payments`.
import { consume, createKafka, createTopics, numberArgument, start } from './kafka.js'

const creditLimit = 900

function pay(order) {
  return { ...order, status: order.amount > creditLimit ? 'DECLINED' : 'PAID' }
}

await start(async () => {
  const kafka = createKafka('payment-service')
  await createTopics(kafka)
  const producer = kafka.producer()
  await producer.connect()
  await consume({
    kafka,
    topic: 'orders',
    groupId: 'payment-service',
    count: numberArgument('count', Infinity),
    handle: async (order, delay) => {
      const payment = pay(order)
      await producer.send({
        topic: 'payments',
        messages: [{ key: String(payment.user_id), value: JSON.stringify(payment) }],
      })
      console.log(
        `[payment] order ${payment.order_id} of user ${payment.user_id}: ` +
          `${payment.amount.toFixed(2)} ${payment.status} (${delay} ms)`,
      )
    },
  })
  await producer.disconnect()
})
