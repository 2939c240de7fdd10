// The administrator of a simulated world: deletes records, changes retention and segments, makes topics and
// deletes them again.
import { errorName } from '../../../protocol/errors.ts'
import { batchOf } from '../batches.ts'
import { Client, Refusal } from '../client.ts'
import { Unanswered } from '../network.ts'

export async function administer(client: Client): Promise<void> {
  let temporary = 0
  while (!client.isOver) {
    await client.sleep(client.draw.between(300, 2500))
    try {
      switch (client.draw.below(4)) {
        case 0:
          await deleteRecords(client)
          break
        case 1:
          await changeSegments(client)
          break
        case 2:
          await changeRetention(client)
          break
        default:
          temporary += 1
          await useTemporaryTopic(client, temporary)
      }
    } catch (error) {
      if (!(error instanceof Unanswered) && !(error instanceof Refusal)) throw error
      client.note(`refused: ${error.message}`)
    }
  }
}

async function deleteRecords(client: Client): Promise<void> {
  const partitionIndex = client.draw.below(2)
  const name = 'plain'
  const start = await client.offsetAt(name, partitionIndex, -2)
  const end = await client.offsetAt(name, partitionIndex, -1)
  const offset = client.draw.between(start, end)
  const partition = `${name}-${partitionIndex}`
  client.history.deleting(partition, offset)
  const answer = await client.call('DeleteRecords', 1, {
    topics: [{ name, partitions: [{ partitionIndex, offset }] }],
    timeoutMs: 5000,
  })
  expectNone(answer.topics[0]?.partitions[0]?.errorCode)
  client.history.deleted(partition, offset)
  client.note(`deleted ${partition} below ${offset}`)
}

async function setConfig(client: Client, topic: string, name: string, value: string) {
  const configs = [{ name, configOperation: 0, value }]
  const resources = [{ resourceType: 2, resourceName: topic, configs }]
  const request = { resources, validateOnly: false }
  const answer = await client.call('IncrementalAlterConfigs', 1, request)
  expectNone(answer.responses[0]?.errorCode)
  client.note(`${topic} has ${name}=${value}`)
}

async function changeSegments(client: Client): Promise<void> {
  const topic = client.draw.pick(['plain', 'keys', 'ledger'])
  await setConfig(client, topic, 'segment.ms', String(client.draw.pick([200, 1000, 5000, 60_000])))
}

async function changeRetention(client: Client): Promise<void> {
  const retentionMs = client.draw.pick([-1, 3000, 10_000])
  const keeping = { isCompacted: false, retentionMs: retentionMs === -1 ? null : retentionMs }
  // Whether an unanswered change is in force nobody knows: the shortest that was ever asked for counts.
  if (keeping.retentionMs !== null) client.history.shorten('plain', keeping.retentionMs)
  await setConfig(client, 'plain', 'retention.ms', String(retentionMs))
}

/** Makes a topic of a name that was used before, writes to it, and deletes it. */
async function useTemporaryTopic(client: Client, count: number): Promise<void> {
  const name = `temporary-${count % 2}`
  await client.insist(() => ensureTopic(client, name))
  const value = `${name}:${count}`
  const sent = { value, key: null, producer: name, number: count, isIdempotent: false }
  const record = { ...sent, timestampMs: client.nowMs() }
  const topicData = [{ name, partitionData: [{ index: 0, records: await batchOf([record]) }] }]
  const produced = await client.call('Produce', 9, { acks: -1, timeoutMs: 1000, topicData })
  expectNone(produced.responses[0]?.partitionResponses[0]?.errorCode)
  const deleted = await client.call('DeleteTopics', 5, { topicNames: [name], timeoutMs: 1000 })
  expectNone(deleted.responses[0]?.errorCode)
  client.note(`deleted ${name}`)
  await client.insist(() => ensureTopic(client, name))
  const fetched = await client.insist(() =>
    client.call('Fetch', 11, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [
        { topic: name, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 999 }] },
      ],
    }),
  )
  const data = fetched?.responses[0]?.partitions[0]
  if (
    data?.errorCode === 0 &&
    Number(data.highWatermark) !== 0 &&
    !client.history.hadPowerFailure
  ) {
    client.history.broken(
      `${name} was deleted and made anew, and has ${data.highWatermark} records`,
    )
  }
}

export async function ensureTopic(
  client: Client,
  name: string,
  options: { partitions?: number; configs?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const { partitions: numPartitions = 1, configs = {} } = options
  const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  const of = { numPartitions, replicationFactor: 1, assignments: [], configs: settings }
  const answer = await client.call('CreateTopics', 6, {
    topics: [{ name, ...of }],
    timeoutMs: 1000,
  })
  const code = answer.topics[0]?.errorCode ?? -1
  if (errorName(code) === 'TOPIC_ALREADY_EXISTS') return
  expectNone(code)
  client.note(`made ${name}`)
}

function expectNone(errorCode: number | undefined): void {
  if (errorCode !== 0) throw new Refusal(errorName(errorCode ?? -1))
}
