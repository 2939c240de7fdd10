// Consumer groups across kill -9: members keep their membership and assignment without a rebalance, no
// acknowledged commit is lost, and consumers go on from where they were.
import { expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestBroker } from '../support/broker.ts'
import { ClassicMember } from '../support/classic-member.ts'
import { eventually, kafkaClient, toReceived, type Received } from '../support/kafkajs.ts'
import { createTopic } from '../support/partition-reader.ts'
import { WireClient } from '../support/wire-client.ts'

const where = { topic: 'read', partition: 0 }
const kills = 3

test('a group outlives kill -9: same generation, same assignment, no commit lost', async () => {
  const first = await startTestBroker()
  const { port, dataDir, bootstrap } = first
  let broker = first
  let client = await WireClient.open(bootstrap)
  await createTopic(client, { name: where.topic, partitions: 1 })
  const member = new ClassicMember('readers')
  const assignment = Buffer.from('mine')
  await member.join(client, assignment)

  let offset = 0
  for (let kill = 0; kill < kills; kill++) {
    let acknowledged = -1
    const committing = (async () => {
      for (;;) {
        await member.commit(client, where, offset)
        acknowledged = offset++
      }
    })()
    const broken = committing.then(
      () => 'ended',
      (error: unknown) => String(error),
    )
    await sleep(100 + Math.random() * 300)
    await broker.kill()
    expect(await broken).toContain('the broker is closed')
    broker = await startTestBroker({ port, dataDir })
    client = await WireClient.open(bootstrap)
    expect(acknowledged).toBeGreaterThan(0)
    // The last commit was under way: it may be stored without its acknowledgement.
    expect([acknowledged, offset]).toContain(await member.committed(client, where))
    expect(await member.heartbeat(client)).toBe('NONE')
    expect(await member.assignment(client)).toEqual(assignment)
  }
  client.end()
  await broker.stop()
})

test('a kafkajs consumer goes on after kill -9 from its last commit', async () => {
  const first = await startTestBroker()
  const kafka = kafkaClient(first.bootstrap, { retry: { initialRetryTime: 50, retries: 50 } })
  const producer = kafka.producer()
  await producer.connect()
  const send = (from: number, count: number) =>
    producer.send({
      topic: where.topic,
      messages: Array.from({ length: count }, (_, at) => ({ value: String(from + at) })),
    })
  await send(0, 100)

  const received: Received[] = []
  // kafkajs comes back as itself or, when it gave up at once, as a new member: then the old one's session
  // has to end first, as with Apache Kafka.
  const settings = { heartbeatInterval: 200, sessionTimeout: 6_000 }
  const consumer = kafka.consumer({ groupId: 'readers', ...settings })
  await consumer.connect()
  await consumer.subscribe({ topic: where.topic, fromBeginning: true })
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: (payload) => {
      received.push(toReceived(payload))
      return Promise.resolve()
    },
  })
  await eventually('100 messages', () => received.length === 100)
  await eventually('all committed', async () => {
    const admin = kafka.admin()
    await admin.connect()
    const [topic] = await admin.fetchOffsets({ groupId: 'readers', topics: [where.topic] })
    await admin.disconnect()
    return topic?.partitions[0]?.offset === '100'
  })

  await first.kill()
  const broker = await startTestBroker({ port: first.port, dataDir: first.dataDir })
  await send(100, 100)
  const values = (): number[] => received.map(({ value }) => Number(value))
  await eventually('the other 100 messages', () => values().includes(199))
  // Nothing that was committed before the crash comes again; a rebalance may repeat what was not.
  expect([...new Set(values())]).toEqual(Array.from({ length: 200 }, (_, at) => at))
  expect(
    values()
      .slice(100)
      .filter((value) => value < 100),
  ).toEqual([])
  await consumer.disconnect()
  await producer.disconnect()
  await broker.stop()
})
