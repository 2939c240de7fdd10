// Which names a topic may have, and which collide.
import { describe, expect, test } from 'vitest'
import {
  collisionKey,
  hasCollisionChars,
  isInternalTopic,
  topicNameProblem,
} from '../../../src/catalog/topic-names.ts'

describe('topic names', () => {
  test.each(['a', 'orders', 'A-Z_0.9', '...', '_', 'x'.repeat(249)])('%s is legal', (name) => {
    expect(topicNameProblem(name)).toBeNull()
  })

  test.each(['', '.', '..', 'a b', 'a/b', 'grüße', 'a\n', 'x'.repeat(250), 'a:b', 'a\0'])(
    '%j is refused with a reason',
    (name) => {
      expect(topicNameProblem(name)).toMatch(/^Topic name is invalid: /)
    },
  )

  test('names that differ only in dots and underscores collide', () => {
    expect(collisionKey('a.b_c')).toBe(collisionKey('a_b.c'))
    expect(collisionKey('a.b')).not.toBe(collisionKey('a-b'))
    expect(['a.b', 'a_b', 'a-b'].map(hasCollisionChars)).toEqual([true, true, false])
  })

  test('only the coordinators’ topics are internal', () => {
    const internal = ['__consumer_offsets', '__transaction_state', '__share_group_state']
    expect(internal.every(isInternalTopic)).toBe(true)
    expect(['orders', '__mine', '__cluster_metadata'].some(isInternalTopic)).toBe(false)
  })
})
