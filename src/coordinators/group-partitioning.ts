// Which partition of `__consumer_offsets` holds a group: Kafka's rule, since clients of other
// languages, tools and a data directory that moves to Apache Kafka rely on it.

import { assert } from '../base/assert.ts'
import { javaStringHash } from '../base/java-hash.ts'

/** The group's partition: the hash without its sign, where int32's minimum counts as 0. */
export function partitionOfGroup(groupId: string, partitionCount: number): number {
  assert(partitionCount > 0, 'the internal topic has partitions')
  const hash = javaStringHash(groupId)
  const positive = hash === int32Min ? 0 : Math.abs(hash)
  return positive % partitionCount
}

const int32Min = -(2 ** 31)
