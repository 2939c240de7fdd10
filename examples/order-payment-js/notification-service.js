// Reads `payments` and tells each user what became of the order.
import { consume, createKafka, createTopics, numberArgument, start } from './kafka.js'

const texts = {
  PAID: 'thank you, your order is on its way',
  DECLINED: 'your payment was declined',
}

await start(async () => {
  const kafka = createKafka('notification-service')
  await createTopics(kafka)
  await consume({
    kafka,
    topic: 'payments',
    groupId: 'notification-service',
    count: numberArgument('count', Infinity),
    handle: (payment, delay) => {
      console.log(
        `[notification] order ${payment.order_id} of user ${payment.user_id}: ` +
          `${texts[payment.status]} (${delay} ms)`,
      )
    },
  })
})
