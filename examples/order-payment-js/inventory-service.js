// Reads `orders` too, in a group of its own: it gets every order that the payment service gets.
import { consume, createKafka, createTopics, numberArgument, start } from './kafka.js'

await start(async () => {
  const kafka = createKafka('inventory-service')
  await createTopics(kafka)
  let stock = numberArgument('stock', 1000)
  await consume({
    kafka,
    topic: 'orders',
    groupId: 'inventory-service',
    count: numberArgument('count', Infinity),
    handle: (order, delay) => {
      stock -= 1
      console.log(
        `[inventory] order ${order.order_id} of user ${order.user_id}: ` +
          `one item reserved, ${stock} left (${delay} ms)`,
      )
    },
  })
})
