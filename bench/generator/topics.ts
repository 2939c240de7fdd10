// The topics of a load: made fresh, ready before the first request, gone afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { createTopic, latest, offsetAt } from '../../test/support/partition-reader.ts'
import { WireClient } from '../../test/support/wire-client.ts'

const readyMillisMax = 20_000
const pollMs = 20

/** Creates a topic and waits until all of its partitions answer. */
export async function makeTopic(port: number, name: string, partitions: number): Promise<void> {
  const client = await WireClient.open(`127.0.0.1:${port}`)
  try {
    await createTopic(client, { name, partitions }, { 'file.delete.delay.ms': 1000 })
    for (let partition = 0; partition < partitions; partition++) {
      await untilReady(client, name, partition)
    }
  } finally {
    client.end()
  }
}

/** Apache Kafka answers CreateTopics before its partitions have their leader. */
async function untilReady(client: WireClient, topic: string, partition: number): Promise<void> {
  const deadline = Date.now() + readyMillisMax
  for (;;) {
    try {
      await offsetAt(client, { topic, partition }, latest)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(pollMs)
    }
  }
}

export async function removeTopic(port: number, name: string): Promise<void> {
  const client = await WireClient.open(`127.0.0.1:${port}`)
  try {
    await client.call('DeleteTopics', 4, { topicNames: [name], timeoutMs: readyMillisMax })
  } finally {
    client.end()
  }
}
