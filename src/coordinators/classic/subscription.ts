// What a consumer group subscribes to, read from its members' metadata
// (ConsumerProtocolSubscription). Only OffsetDelete and the expiry of offsets ask; the coordinator
// takes no part in assignments.
import { consumerProtocolType } from './protocol-vote.ts'
import { metadataOf } from './state.ts'
import type { Member } from './state.ts'

/**
 * The topics that the members name; null where that cannot be known: no consumer group, or metadata
 * that is no subscription. Then a consumer group counts as subscribed to everything.
 */
export function subscribedTopicsOf(
  protocolType: string | null,
  protocolName: string | null,
  members: ReadonlyMap<string, Member>,
): ReadonlySet<string> | null {
  if (protocolType !== consumerProtocolType) return null
  if (members.size === 0) return new Set()
  if (protocolName === null) return null
  const topics = new Set<string>()
  for (const member of members.values()) {
    const named = topicsOfSubscription(metadataOf(member, protocolName))
    if (named === null) return null
    for (const topic of named) topics.add(topic)
  }
  return topics
}

const versionBytes = 2
const countBytes = 4
const lengthBytes = 2

/**
 * The topics of a subscription: an int16 version, then an array of strings, alike in all versions.
 * Null when the bytes are something else.
 */
function topicsOfSubscription(metadata: Buffer): readonly string[] | null {
  if (metadata.length < versionBytes + countBytes) return null
  const count = metadata.readInt32BE(versionBytes)
  if (metadata.readInt16BE(0) < 0 || count < 0) return null
  const topics: string[] = []
  let at = versionBytes + countBytes
  for (let index = 0; index < count; index++) {
    if (at + lengthBytes > metadata.length) return null
    const length = metadata.readInt16BE(at)
    at += lengthBytes
    if (length < 0 || at + length > metadata.length) return null
    topics.push(metadata.toString('utf8', at, at + length))
    at += length
  }
  return topics
}
