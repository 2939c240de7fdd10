// The topics of a load: made fresh, ready before the first request, gone afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { createTopic, latest, offsetAt } from '../../test/support/partition-reader.ts'
import { WireClient } from '../../test/support/wire-client.ts'

const readyMillisMax = 20_000
const pollMs = 20

/** A client for as long as `use` takes. */
export async function withClient<T>(
  port: number,
  use: (client: WireClient) => Promise<T>,
): Promise<T> {
  const client = await WireClient.open(`127.0.0.1:${port}`, 'ottla-bench')
  try {
    return await use(client)
  } finally {
    client.end()
  }
}

/** Creates a topic and waits until all of its partitions answer. */
export function makeTopic(port: number, name: string, partitions: number): Promise<void> {
  return withClient(port, async (client) => {
    await createTopic(client, { name, partitions }, { 'file.delete.delay.ms': 1000 })
    for (let partition = 0; partition < partitions; partition++) {
      await untilReady(client, name, partition)
    }
  })
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

/** Runs `use` on a topic of its own. */
export async function onFreshTopic<T>(
  { port, topic }: { readonly port: number; readonly topic: string },
  partitions: number,
  use: () => Promise<T>,
): Promise<T> {
  await makeTopic(port, topic, partitions)
  try {
    return await use()
  } finally {
    await removeTopic(port, topic)
  }
}

/** How many records lie in a topic of which nothing was deleted. */
export function recordCount(port: number, topic: string, partitions: number): Promise<number> {
  return withClient(port, async (client) => {
    let count = 0
    for (let partition = 0; partition < partitions; partition++) {
      count += await offsetAt(client, { topic, partition }, latest)
    }
    return count
  })
}

export async function removeTopic(port: number, name: string): Promise<void> {
  await withClient(port, (client) =>
    client.call('DeleteTopics', 4, { topicNames: [name], timeoutMs: readyMillisMax }),
  )
}
