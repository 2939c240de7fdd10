// Which protocol a group elects, and whom it lets in by the protocols that they offer.
import { expect, test } from 'vitest'
import {
  sameProtocols,
  selectProtocol,
  supportsProtocols,
} from '../../../../src/coordinators/classic/protocol-vote.ts'
import { emptyGroup } from '../../../../src/coordinators/classic/state.ts'
import type { Member, MemberProtocol } from '../../../../src/coordinators/classic/state.ts'

function protocols(...names: string[]): MemberProtocol[] {
  return names.map((name) => ({ name, metadata: Buffer.from(`of ${name}`) }))
}

function members(...preferences: string[][]): Map<string, Member> {
  return new Map(
    preferences.map((names, index) => {
      const member: Member = {
        memberId: `m${index}`,
        groupInstanceId: null,
        clientId: '',
        clientHost: '',
        rebalanceTimeoutMs: 1,
        sessionTimeoutMs: 1,
        protocols: protocols(...names),
        assignment: Buffer.alloc(0),
        isNew: false,
        join: null,
        sync: null,
      }
      return [member.memberId, member]
    }),
  )
}

test('only protocols that all offer are elected, by first choice among them', () => {
  expect(selectProtocol(members(['a', 'b'], ['b', 'a'], ['c', 'b', 'a']))).toBe('b')
  expect(selectProtocol(members(['x', 'a'], ['y', 'a']))).toBe('a')
})

test('of equals the earliest member’s choice wins', () => {
  expect(selectProtocol(members(['a', 'b'], ['b', 'a']))).toBe('a')
})

test('an empty group takes any protocol that has a type and a name', () => {
  const group = emptyGroup('g', 1)
  expect(supportsProtocols(group, 'consumer', protocols('a'))).toBe(true)
  expect(supportsProtocols(group, '', protocols('a'))).toBe(false)
  expect(supportsProtocols(group, 'consumer', [])).toBe(false)
})

test('a group with members takes who shares a protocol with all of them', () => {
  const group = {
    ...emptyGroup('g', 1),
    kind: 'stable' as const,
    protocolType: 'consumer',
    members: members(['a', 'b'], ['b']),
  }
  expect(supportsProtocols(group, 'consumer', protocols('b', 'c'))).toBe(true)
  expect(supportsProtocols(group, 'consumer', protocols('a'))).toBe(false)
  expect(supportsProtocols(group, 'connect', protocols('b'))).toBe(false)
})

test('protocols are the same with the same names and metadata in the same order', () => {
  expect(sameProtocols(protocols('a', 'b'), protocols('a', 'b'))).toBe(true)
  expect(sameProtocols(protocols('a', 'b'), protocols('b', 'a'))).toBe(false)
  expect(sameProtocols(protocols('a'), protocols('a', 'b'))).toBe(false)
  expect(sameProtocols(protocols('a'), [{ name: 'a', metadata: Buffer.from('x') }])).toBe(false)
})
