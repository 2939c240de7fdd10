import { expect, test } from 'vitest'
import { Waiters } from '../../../src/log/waiters.ts'

test('all waiters are woken once, in the order of arrival', () => {
  const waiters = new Waiters()
  const woken: number[] = []
  waiters.add(() => woken.push(1))
  waiters.add(() => woken.push(2))
  waiters.wakeAll()
  waiters.wakeAll()
  expect(woken).toEqual([1, 2])
})

test('a cancelled waiter is not woken, and cancelling late does no harm', () => {
  const waiters = new Waiters()
  const woken: number[] = []
  const cancel = waiters.add(() => woken.push(1))
  waiters.add(() => woken.push(2))
  cancel()
  waiters.wakeAll()
  cancel()
  expect(woken).toEqual([2])
})

test('one that waits again while it is woken waits for the next time', () => {
  const waiters = new Waiters()
  let count = 0
  const wait = (): void => {
    count += 1
    waiters.add(wait)
  }
  waiters.add(wait)
  waiters.wakeAll()
  expect(count).toBe(1)
  waiters.wakeAll()
  expect(count).toBe(2)
})

test('a waiter may cancel another while all are woken', () => {
  const waiters = new Waiters()
  const woken: number[] = []
  const cancels: (() => void)[] = []
  waiters.add(() => {
    woken.push(1)
    for (const cancel of cancels) cancel()
  })
  cancels.push(waiters.add(() => woken.push(2)))
  waiters.wakeAll()
  expect(woken).toEqual([1])
})
