// Reading the topics out of consumers’ metadata, good and bad.
import { describe, expect, test } from 'vitest'
import { encodeConsumerProtocolSubscription } from '../../../../protocol/codecs/consumer-protocol.ts'
import { encodeToBuffer } from '../../../../protocol/header.ts'
import type { Member } from '../../../../src/coordinators/classic/state.ts'
import { subscribedTopicsOf } from '../../../../src/coordinators/classic/subscription.ts'

function member(memberId: string, metadata: Buffer): Member {
  return {
    memberId,
    groupInstanceId: null,
    clientId: 'c',
    clientHost: '/h',
    rebalanceTimeoutMs: 1,
    sessionTimeoutMs: 1,
    protocols: [{ name: 'range', metadata }],
    assignment: Buffer.alloc(0),
    isNew: false,
    join: null,
    sync: null,
  }
}

function subscription(topics: string[], version: number): Buffer {
  const message = { topics, userData: Buffer.from('u'), ownedPartitions: [] }
  return encodeToBuffer(encodeConsumerProtocolSubscription, message, version, version)
}

function topicsOf(...metadata: Buffer[]): string[] | null {
  const members = new Map(metadata.map((each, index) => [`m${index}`, member(`m${index}`, each)]))
  const topics = subscribedTopicsOf('consumer', 'range', members)
  return topics === null ? null : [...topics].sort()
}

describe('the topics of a consumer group', () => {
  test.each([0, 1, 2, 3])('are read from subscriptions of version %i', (version) => {
    const all = topicsOf(subscription(['b', 'a'], version), subscription(['ü'], version))
    expect(all).toEqual(['a', 'b', 'ü'])
  })

  test('are unknown when one member’s metadata is something else', () => {
    const good = subscription(['a'], 1)
    for (const bad of [
      '',
      'x',
      '\0\0\x7f\xff\xff\xff',
      '\0\0\0\0\0\x01\0\x09ab',
      '\xff\xff\0\0\0\0',
    ]) {
      expect(topicsOf(good, Buffer.from(bad, 'latin1'))).toBeNull()
    }
  })

  test('are none without members, and unknown of other groups', () => {
    expect(subscribedTopicsOf('consumer', null, new Map())).toEqual(new Set())
    expect(subscribedTopicsOf('connect', 'range', new Map())).toBeNull()
  })
})
