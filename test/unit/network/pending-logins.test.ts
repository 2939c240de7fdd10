import { expect, test } from 'vitest'
import { PendingLogins } from '../../../src/network/pending-logins.ts'

const limits = { countMax: 2, timeoutMs: 100 }

function login(name: string, closed: string[]) {
  return { clientAddress: name, close: () => closed.push(name) }
}

test('one too many ends the oldest, and those who logged in do not count', () => {
  const closed: string[] = []
  const pending = new PendingLogins()
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => login(name, closed))
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error()
  pending.add(a, 0, limits)
  pending.add(b, 0, limits)
  pending.remove(b)
  expect(pending.add(c, 1, limits)).toBe(null)
  expect(pending.add(d, 2, limits)).toBe(a)
  expect([closed, pending.count]).toEqual([['a'], 2])
})

test('those who take too long are ended', () => {
  const closed: string[] = []
  const pending = new PendingLogins()
  pending.add(login('early', closed), 0, limits)
  pending.add(login('late', closed), 60, limits)
  expect(pending.expire(99, limits)).toEqual([])
  expect(pending.expire(100, limits).map(({ clientAddress }) => clientAddress)).toEqual(['early'])
  expect([closed, pending.count]).toEqual([['early'], 1])
})
