// Many partitions: how long until all of them have a leader, and until a batch lies in every one.
import { setTimeout as sleep } from 'node:timers/promises'
import type { WireClient } from '../../test/support/wire-client.ts'
import type { Figures } from '../figures.ts'
import { residentBytes } from '../process-stat.ts'
import { batchOf } from './frames.ts'
import { CpuMeter } from './meter.ts'
import type { PartitionsTask } from './tasks.ts'
import { withClient } from './topics.ts'

const topicsPerCreate = 20
const partitionsPerProduce = 500
const timeoutMs = 60_000
const deadlineMs = 180_000
const pollMs = 20
const recordBytes = 200

interface Topics {
  readonly names: readonly string[]
  readonly partitionsEach: number
}

/** The name of one of the topics that the task of this name makes. */
export const topicOf = (taskTopic: string, at: number): string => `${taskTopic}-${at}`

export function runPartitions(task: PartitionsTask): Promise<Figures> {
  const partitionsEach = Math.min(task.partitionsPerTopic, task.count)
  const count = Math.ceil(task.count / partitionsEach)
  const names = Array.from({ length: count }, (_, at) => topicOf(task.topic, at))
  const topics = { names, partitionsEach }
  const cpu = new CpuMeter(task.brokerPid)
  const started = performance.now()
  return withClient(task.port, async (client) => {
    await create(client, topics)
    await untilLed(client, topics)
    const ledMs = performance.now() - started
    await writeToAll(client, topics)
    const writtenMs = performance.now() - started
    return {
      'ready ms': ledMs,
      'written ms': writtenMs,
      'RSS MB': (residentBytes(task.brokerPid) ?? NaN) / 1e6,
      ...cpu.figures({ 'CPU ms/partition': (count * partitionsEach) / 1e3 }),
    }
  })
}

async function create(client: WireClient, { names, partitionsEach }: Topics): Promise<void> {
  for (let at = 0; at < names.length; at += topicsPerCreate) {
    const some = names.slice(at, at + topicsPerCreate)
    const plain = { replicationFactor: 1, assignments: [], configs: [] }
    const topics = some.map((name) => ({ name, numPartitions: partitionsEach, ...plain }))
    const answer = await client.call('CreateTopics', 5, { topics, timeoutMs }, timeoutMs)
    const refused = answer.topics.find(({ errorCode }) => errorCode !== 0)
    if (refused !== undefined) throw new Error(`CreateTopics: error ${refused.errorCode}`)
  }
}

async function untilLed(client: WireClient, { names, partitionsEach }: Topics): Promise<void> {
  const deadline = performance.now() + deadlineMs
  const request = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }
  for (;;) {
    const answer = await client.call('Metadata', 8, request, timeoutMs)
    const partitions = answer.topics.flatMap((topic) => topic.partitions)
    const led = partitions.filter(({ errorCode, leaderId }) => errorCode === 0 && leaderId >= 0)
    if (led.length >= names.length * partitionsEach) return
    if (performance.now() > deadline) throw new Error(`${led.length} partitions have a leader`)
    await sleep(pollMs)
  }
}

/** One batch into each, many partitions a request, one request in flight; a new leader may refuse at first. */
async function writeToAll(client: WireClient, { names, partitionsEach }: Topics): Promise<void> {
  const records = batchOf(1, recordBytes)
  const partitionData = Array.from({ length: partitionsEach }, (_, index) => ({ index, records }))
  const perRequest = Math.max(1, Math.floor(partitionsPerProduce / partitionsEach))
  const deadline = performance.now() + deadlineMs
  for (let at = 0; at < names.length; at += perRequest) {
    let topicData = names.slice(at, at + perRequest).map((name) => ({ name, partitionData }))
    while (topicData.length > 0) {
      const request = { acks: -1, timeoutMs, topicData }
      const { responses } = await client.call('Produce', 8, request, timeoutMs)
      const failed = responses.flatMap(({ name, partitionResponses }) => {
        const again = partitionResponses.filter(({ errorCode }) => errorCode !== 0)
        const data = again.map(({ index }) => ({ index, records }))
        return data.length === 0 ? [] : [{ name, partitionData: data }]
      })
      if (failed.length > 0 && performance.now() > deadline) throw new Error('Produce: refused')
      if (failed.length > 0) await sleep(pollMs)
      topicData = failed
    }
  }
}
