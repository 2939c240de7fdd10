// Consumer groups through kafkajs: members join, leave, crash and see new partitions, and the
// group goes on without losing a message.
import { type Consumer, type Kafka } from 'kafkajs'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { eventually, kafkaClient, toReceived, uniqueName } from '../support/kafkajs.ts'

let broker: TestBroker
let kafka: Kafka
const open: Consumer[] = []

beforeAll(async () => {
  broker = await startTestBroker()
  kafka = kafkaClient(broker.bootstrap)
})
afterAll(async () => {
  await Promise.all(open.map((consumer) => consumer.disconnect()))
  await broker.stop()
})

async function newTopic(partitions: number): Promise<string> {
  const topic = uniqueName('groups')
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
  await admin.disconnect()
  return topic
}

/** A running member: what it has been assigned last, and what it has received. */
interface Member {
  readonly consumer: Consumer
  readonly values: string[]
  partitions(): readonly number[]
}

async function join(groupId: string, topic: string, config = {}): Promise<Member> {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 200,
    ...config,
  })
  open.push(consumer)
  let partitions: readonly number[] = []
  const values: string[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    partitions = payload.memberAssignment[topic] ?? []
  })
  consumer.on(consumer.events.REBALANCING, () => (partitions = []))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async (payload) => void values.push(toReceived(payload).value ?? ''),
  })
  return { consumer, values, partitions: () => partitions }
}

/** True when the members hold the partitions 0 to count - 1 between them, each one once. */
function share(count: number, ...members: readonly Member[]): boolean {
  const held = members.flatMap((member) => [...member.partitions()]).sort((a, b) => a - b)
  return held.length === count && held.every((partition, index) => partition === index)
}

async function produce(
  topic: string,
  values: readonly string[],
  partitions: number,
): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  const messages = values.map((value, index) => ({ value, partition: index % partitions }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

const series = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`)

describe('membership', () => {
  test('members that join share the partitions, and one that leaves gives them back', async () => {
    const topic = await newTopic(6)
    const groupId = uniqueName('group')
    const first = await join(groupId, topic)
    await eventually('the first member has all', () => share(6, first))
    const second = await join(groupId, topic)
    const third = await join(groupId, topic)
    await eventually('three members share', () => share(6, first, second, third))
    expect([first, second, third].map((member) => member.partitions().length)).toEqual([2, 2, 2])
    await second.consumer.disconnect()
    await eventually('two members share', () => share(6, first, third))
    await third.consumer.disconnect()
    await eventually('the first has all again', () => share(6, first))
  })

  test('more members than partitions leave some idle, and an idle one takes over', async () => {
    const topic = await newTopic(1)
    const groupId = uniqueName('group')
    const [first, second] = [await join(groupId, topic), await join(groupId, topic)]
    await eventually('one of them has it', () => share(1, first, second))
    const [busy, idle] = first.partitions().length === 1 ? [first, second] : [second, first]
    await busy.consumer.disconnect()
    await eventually('the other takes over', () => share(1, idle))
    await produce(topic, ['after'], 1)
    await eventually('and reads', () => idle.values.includes('after'))
  })

  test('a killed member loses its partitions once its session has expired', async () => {
    const topic = await newTopic(4)
    const groupId = uniqueName('group')
    const survivor = await join(groupId, topic)
    await eventually('the survivor has all', () => share(4, survivor))
    const victim = startMember(broker.bootstrap, groupId, topic, 6000)
    await eventually('both share', () => survivor.partitions().length === 2 && victim.held() === 2)
    victim.kill()
    await eventually('the survivor has all again', () => share(4, survivor))
    await produce(topic, series('late', 8), 4)
    await eventually('it reads all partitions', () => survivor.values.length === 8)
  })

  test('new partitions reach a running group', async () => {
    const topic = await newTopic(2)
    const member = await join(uniqueName('group'), topic, { metadataMaxAge: 300 })
    await eventually('both partitions', () => share(2, member))
    const admin = kafka.admin()
    await admin.connect()
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
    await admin.disconnect()
    await eventually('five partitions', () => share(5, member))
    await produce(topic, series('new', 5), 5)
    await eventually('a message of each', () => member.values.length === 5)
  })

  test('groups are independent: each one reads everything', async () => {
    const topic = await newTopic(2)
    await produce(topic, series('m', 20), 2)
    const members = await Promise.all([0, 1, 2].map(() => join(uniqueName('group'), topic)))
    for (const member of members) {
      await eventually('all twenty', () => member.values.length === 20)
      expect([...member.values].sort()).toEqual(series('m', 20).sort())
    }
  })

  test('a second run of one consumer configuration gets its partitions at once', async () => {
    const topic = await newTopic(2)
    const groupId = uniqueName('group')
    for (let round = 0; round < 3; round++) {
      const startedMs = Date.now()
      const member = await join(groupId, topic)
      await eventually(`round ${round}`, () => share(2, member), 8000)
      expect(Date.now() - startedMs).toBeLessThan(8000)
      await member.consumer.disconnect()
    }
  })
})

describe('delivery over rebalances', () => {
  test('members come and go while messages flow: every message is read', async () => {
    const topic = await newTopic(4)
    const groupId = uniqueName('group')
    const seen = new Set<string>()
    const members: Member[] = []
    const producer = kafka.producer()
    await producer.connect()
    const expected: string[] = []
    for (let round = 0; round < 6; round++) {
      if (round % 2 === 0) members.push(await join(groupId, topic, { rebalanceTimeout: 5000 }))
      else if (round === 3) await members[0]?.consumer.disconnect()
      const values = series(`round-${round}`, 40)
      expected.push(...values)
      const messages = values.map((value, index) => ({ value, partition: index % 4 }))
      await producer.send({ topic, messages })
    }
    await producer.disconnect()
    await eventually('every message', () => {
      for (const member of members) for (const value of member.values) seen.add(value)
      return seen.size >= expected.length
    })
    expect([...seen].sort()).toEqual([...expected].sort())
  })

  test('the order within a partition holds over a rebalance', async () => {
    const topic = await newTopic(1)
    const groupId = uniqueName('group')
    const first = await join(groupId, topic)
    await produce(topic, series('a', 30), 1)
    await eventually('the first part', () => first.values.length === 30)
    await first.consumer.disconnect()
    const second = await join(groupId, topic)
    await produce(topic, series('b', 30), 1)
    await eventually('the second part', () => second.values.length >= 30)
    expect(first.values).toEqual(series('a', 30))
    expect(second.values).toEqual(series('b', 30))
  })
})

/** Starts a consumer in a process of its own (test/support/kafkajs-member.ts). */
function startMember(
  bootstrap: string,
  groupId: string,
  topic: string,
  sessionTimeoutMs: number,
): { held(): number; kill(): void } {
  const script = fileURLToPath(new URL('../support/kafkajs-member.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, bootstrap, groupId, topic, String(sessionTimeoutMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let held = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const last = text.trim().split('\n').at(-1) ?? '[]'
    held = (JSON.parse(last) as number[]).length
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  return { held: () => held, kill }
}
