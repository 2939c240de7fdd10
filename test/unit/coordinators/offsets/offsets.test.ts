// Replay of commits, with transactions that commit or abort them later.
import { describe, expect, test } from 'vitest'
import { Offsets } from '../../../../src/coordinators/offsets/offsets.ts'

const key = { groupId: 'g', topic: 't', partition: 0 }

function value(offset: number) {
  return {
    offset,
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: 1,
    expireTimestampMs: -1,
    topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
  }
}

const plain = (recordOffset: number) => ({ recordOffset, producerId: -1 })
const within = (producerId: number, recordOffset: number) => ({ recordOffset, producerId })

describe('offsets', () => {
  test('the last commit counts, a tombstone removes it and what is empty above it', () => {
    const offsets = new Offsets()
    offsets.apply(key, value(1), plain(0))
    offsets.apply(key, value(2), plain(1))
    expect(offsets.get(key)?.offset).toBe(2)
    offsets.apply(key, null, plain(2))
    expect(offsets.get(key)).toBeUndefined()
    expect(offsets.ofGroup('g').size).toBe(0)
  })

  test('an open transaction’s offsets are pending until it commits', () => {
    const offsets = new Offsets()
    offsets.apply(key, value(5), within(7, 0))
    expect(offsets.get(key)).toBeUndefined()
    expect(offsets.hasPending(key)).toBe(true)
    expect(offsets.hasOpenTransaction('g')).toBe(true)
    offsets.endTransaction(7, 'commit')
    expect(offsets.get(key)?.offset).toBe(5)
    expect(offsets.hasPending(key)).toBe(false)
    expect(offsets.hasOpenTransaction('g')).toBe(false)
  })

  test('an aborted transaction leaves no trace', () => {
    const offsets = new Offsets()
    offsets.apply(key, value(1), plain(0))
    offsets.apply(key, value(5), within(7, 1))
    offsets.endTransaction(7, 'abort')
    expect(offsets.get(key)?.offset).toBe(1)
    expect(offsets.hasOpenTransaction('g')).toBe(false)
  })

  test('a commit that lies behind the transaction’s in the log wins over it', () => {
    const offsets = new Offsets()
    offsets.apply(key, value(5), within(7, 0))
    offsets.apply(key, value(9), plain(1))
    offsets.endTransaction(7, 'commit')
    expect(offsets.get(key)?.offset).toBe(9)
  })

  test('a tombstone takes pending offsets too, and keys name them', () => {
    const offsets = new Offsets()
    offsets.apply(key, value(5), within(7, 0))
    expect(offsets.keysOfGroup('g')).toEqual([key])
    expect(offsets.keysOfTopic('t')).toEqual([key])
    offsets.apply(key, null, plain(1))
    offsets.endTransaction(7, 'commit')
    expect(offsets.get(key)).toBeUndefined()
  })
})
