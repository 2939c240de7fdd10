import { expect, test } from 'vitest'
import { LoginFailures } from '../../../src/security/login-failures.ts'

test('an address is logged once a minute, with what was not logged since', () => {
  const failures = new LoginFailures()
  expect(failures.note('a', 0)).toMatchObject({ isLogged: true, unloggedCount: 0 })
  for (let count = 0; count < 5; count++) expect(failures.note('a', 10).isLogged).toBe(false)
  expect(failures.note('b', 10).isLogged).toBe(true)
  expect(failures.note('a', 60_000)).toMatchObject({ isLogged: true, unloggedCount: 5 })
})

test('who fails often waits longer, up to a bound, and starts anew after a quiet minute', () => {
  const failures = new LoginFailures()
  const factors = Array.from({ length: 2000 }, () => failures.note('a', 0).delayFactor)
  expect([factors[0], factors[19], factors[20], factors[1999]]).toEqual([1, 1, 2, 50])
  expect(failures.note('a', 60_000).delayFactor).toBe(1)
})

test('a flood of addresses takes no more memory than ten thousand', () => {
  const failures = new LoginFailures()
  for (let count = 0; count < 12_000; count++) failures.note(String(count), 0)
  expect(failures.addressCount).toBe(10_000)
})
