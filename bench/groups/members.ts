// What members of both kinds of groups have in common here: a connection each, and offsets to commit.
import { WireClient } from '../../test/support/wire-client.ts'

/** Of the topic that all members read, and of every commit. */
export const topicName = 'bench-groups'

export interface Member {
  readonly client: WireClient
  readonly groupId: string
  memberId: string
  /** A classic group's generation, or a consumer group's member epoch. */
  epoch: number
}

export interface Partitions {
  readonly topicId: string
  readonly count: number
}

/** So many connections, opened a few at a time. */
export async function connect(bootstrap: string, count: number): Promise<WireClient[]> {
  const clients: WireClient[] = []
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(20, count - clients.length) }, () =>
      WireClient.open(bootstrap, 'bench'),
    )
    clients.push(...(await Promise.all(some)))
  }
  return clients
}

/** A member's offsets, committed again and again until the time is over; returns how often. */
export async function commitUntil(
  { client, groupId, memberId, epoch }: Member,
  partition: number,
  deadlineMs: number,
): Promise<number> {
  let count = 0
  while (performance.now() < deadlineMs) {
    const partitions = [
      { partitionIndex: partition, committedOffset: count, committedMetadata: '' },
    ]
    const request = {
      groupId,
      generationIdOrMemberEpoch: epoch,
      memberId,
      topics: [{ name: topicName, partitions }],
    }
    const { topics } = await client.call('OffsetCommit', 9, request)
    throwIfError('OffsetCommit', topics[0]?.partitions[0]?.errorCode ?? -1)
    count += 1
  }
  return count
}

export function throwIfError(api: string, errorCode: number): void {
  if (errorCode !== 0) throw new Error(`${api} is refused with error ${errorCode}`)
}
