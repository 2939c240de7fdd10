// The consumers' own bytes inside the classic protocol: assignments between topic names and ids.
import {
  decodeConsumerProtocolAssignment,
  encodeConsumerProtocolAssignment,
} from '../../../protocol/codecs/consumer-protocol.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { encodeToBuffer } from '../../../protocol/header.ts'
import { Reader } from '../../../protocol/reader.ts'
import { noPartitions } from '../assignors/assignor.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { TopicsView } from './step.ts'

/** The newest version that is known. */
const versionMax = 3

/** A share as SyncGroup answers it, in the version that the member's metadata is in. */
export function assignmentBytes(
  share: TopicPartitions,
  metadata: Buffer,
  topics: TopicsView,
): Buffer {
  const assignedPartitions = Array.from(share, ([topicId, partitions]) => {
    const topic = topics.byId(topicId)
    return topic === undefined ? [] : [{ topic: topic.name, partitions }]
  }).flat()
  const version = Math.max(
    0,
    Math.min(metadata.length < 2 ? 0 : metadata.readInt16BE(0), versionMax),
  )
  return encodeToBuffer(encodeConsumerProtocolAssignment, { assignedPartitions }, version, version)
}

/**
 * A share out of what a leader has assigned. Null when the bytes are none, or when an assignor has
 * put data of its own into them, which would be lost.
 */
export function readAssignment(bytes: Buffer, topics: TopicsView): TopicPartitions | null {
  if (bytes.length === 0) return noPartitions
  try {
    const reader = new Reader(bytes)
    const version = reader.int16()
    if (version < 0) return null
    const message = decodeConsumerProtocolAssignment(reader, Math.min(version, versionMax))
    if (message.userData !== null && message.userData.length > 0) return null
    const share = new Map<string, readonly number[]>()
    for (const { topic, partitions } of message.assignedPartitions) {
      const info = topics.byName(topic)
      if (info !== undefined)
        share.set(
          info.id,
          [...partitions].sort((a, b) => a - b),
        )
    }
    return share
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
