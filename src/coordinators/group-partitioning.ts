// Which partition of `__consumer_offsets` holds a group: Kafka's rule, since clients of other
// languages, tools and a data directory that moves to Apache Kafka rely on it.

import { assert } from '../base/assert.ts'

/** The hash of Java's String.hashCode: over UTF-16 units, wrapping at 32 bits. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(hash, hashFactor) + text.charCodeAt(index)) | 0
  }
  return hash
}

/** The group's partition: the hash without its sign, where int32's minimum counts as 0. */
export function partitionOfGroup(groupId: string, partitionCount: number): number {
  assert(partitionCount > 0, 'the internal topic has partitions')
  const hash = javaStringHash(groupId)
  const positive = hash === int32Min ? 0 : Math.abs(hash)
  return positive % partitionCount
}

const hashFactor = 31
const int32Min = -(2 ** 31)
