// What access rules add up to: StandardAuthorizer's semantics, and that they cost the same however
// many rules there are.
import { describe, expect, test } from 'vitest'
import type { Acl, Operation } from '../../../src/catalog/acl.ts'
import { AclIndex } from '../../../src/security/acl-index.ts'

const alice = { principal: 'User:alice', host: '10.0.0.1' }
const [literal, prefixed] = [3, 4]
const [deny, allow] = [2, 3]
const read = 3

function acl(changes: Partial<Acl>): Acl {
  return {
    resourceType: 2,
    resourceName: 'orders',
    patternType: literal,
    principal: alice.principal,
    host: '*',
    operation: read,
    permissionType: allow,
    ...changes,
  }
}

function indexOf(...acls: Partial<Acl>[]): AclIndex {
  const index = new AclIndex()
  for (const one of acls) index.add(acl(one))
  return index
}

function say(index: AclIndex, name = 'orders', operation: Operation = 'read') {
  return index.decide(alice, operation, 'topic', name)
}

describe('a rule', () => {
  test('allows what it says, and nothing else', () => {
    const index = indexOf({})
    expect(say(index)).toBe('allowed')
    expect(say(index, 'orders', 'write')).toBe('denied')
    expect(say(index, 'order')).toBe('no-rules')
    expect(index.decide(alice, 'read', 'group', 'orders')).toBe('no-rules')
  })

  test('on a prefix is about every name that begins so, the prefix itself included', () => {
    const index = indexOf({ patternType: prefixed, resourceName: 'ord' })
    expect(['ord', 'orders', 'or', 'xord'].map((name) => say(index, name))).toEqual([
      'allowed',
      'allowed',
      'no-rules',
      'no-rules',
    ])
  })

  test('on the literal * is about every name; as a prefix * is a character', () => {
    expect(say(indexOf({ resourceName: '*' }), 'anything')).toBe('allowed')
    expect(say(indexOf({ resourceName: '*', patternType: prefixed }), 'anything')).toBe('no-rules')
    expect(say(indexOf({ resourceName: '*' }), '*')).toBe('allowed')
  })

  test('that denies outweighs all that allow, wherever it stands', () => {
    const denials = [{}, { resourceName: '*' }, { resourceName: 'o', patternType: prefixed }]
    for (const denial of denials) {
      const index = indexOf({}, { resourceName: '*' }, { ...denial, permissionType: deny })
      expect(say(index)).toBe('denied')
    }
    const everyone = indexOf({}, { principal: 'User:*', permissionType: deny })
    expect(say(everyone)).toBe('denied')
  })

  test('is about its principal and its host', () => {
    expect(say(indexOf({ principal: 'User:bob' }))).toBe('denied')
    expect(say(indexOf({ principal: 'Group:alice' }))).toBe('denied')
    expect(say(indexOf({ principal: 'User:*' }))).toBe('allowed')
    expect(say(indexOf({ host: '10.0.0.2' }))).toBe('denied')
    expect(say(indexOf({ host: '::ffff:10.0.0.1' }))).toBe('allowed')
  })

  test('on all operations covers every one', () => {
    expect(say(indexOf({ operation: 2 }), 'orders', 'two-phase-commit')).toBe('allowed')
    expect(say(indexOf({}, { operation: 2, permissionType: deny }))).toBe('denied')
  })

  test.each([
    [3, 'describe'],
    [4, 'describe'],
    [6, 'describe'],
    [7, 'describe'],
    [11, 'describe-configs'],
  ] as const)(
    'that allows operation %i allows %s; denied, it does not deny it',
    (operation, implied) => {
      expect(say(indexOf({ operation }), 'orders', implied)).toBe('allowed')
      const index = indexOf(
        { resourceName: '*', operation: 2 },
        { operation, permissionType: deny },
      )
      expect(say(index, 'orders', implied)).toBe('allowed')
    },
  )

  test('on CREATE or DESCRIBE_CONFIGS does not let one describe', () => {
    expect(say(indexOf({ operation: 5 }), 'orders', 'describe')).toBe('denied')
    expect(say(indexOf({ operation: 10 }), 'orders', 'describe')).toBe('denied')
  })

  test('is gone when it was removed', () => {
    const index = indexOf({}, { patternType: prefixed })
    index.remove(acl({}))
    expect([index.size, say(index)]).toEqual([1, 'allowed'])
    index.remove(acl({ patternType: prefixed }))
    expect([index.size, say(index)]).toEqual([0, 'no-rules'])
  })

  test('that is added twice is there once', () => {
    const index = indexOf({}, {})
    expect(index.size).toBe(1)
  })
})

describe('to write to some topic', () => {
  const some = (...acls: Partial<Acl>[]) => {
    const written = acls.map((one) => ({ operation: 4, ...one }))
    return indexOf(...written).allowsSome(alice, 'write', 'topic')
  }

  test('takes a rule that allows it, on any pattern', () => {
    expect(some()).toBe(false)
    expect(some({})).toBe(true)
    expect(some({ patternType: prefixed })).toBe(true)
    expect(some({ resourceName: '*' })).toBe(true)
    expect(some({ operation: 2 })).toBe(true)
    expect(some({ operation: read })).toBe(false)
    expect(some({ resourceType: 3 })).toBe(false)
  })

  test('takes one that no denial covers whole', () => {
    expect(some({}, { permissionType: deny })).toBe(false)
    expect(some({}, { permissionType: deny, resourceName: 'or', patternType: prefixed })).toBe(
      false,
    )
    expect(some({}, { permissionType: deny, resourceName: '*' })).toBe(false)
    expect(some({ patternType: prefixed }, { permissionType: deny })).toBe(true)
    expect(some({}, { permissionType: deny, resourceName: 'other' })).toBe(true)
    expect(some({}, { permissionType: deny, principal: 'User:bob' })).toBe(true)
  })
})

test('a decision among 100,000 rules takes as few look-ups as among ten', () => {
  const index = indexOf({ resourceName: 'orders' })
  for (let at = 0; at < 50_000; at++) {
    index.add(acl({ resourceName: `topic-${at}` }))
    index.add(acl({ resourceName: 'orders', principal: `User:${at}` }))
  }
  expect(index.size).toBe(100_001)
  const started = performance.now()
  const decisionCount = 20_000
  for (let at = 0; at < decisionCount; at++) {
    if (say(index, at % 2 === 0 ? 'orders' : 'topic-7') !== 'allowed') throw new Error('denied')
  }
  const microsEach = ((performance.now() - started) * 1000) / decisionCount
  expect(microsEach).toBeLessThan(50)
})
