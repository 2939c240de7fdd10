import { expect, test } from 'vitest'
import { Flusher } from '../../../src/log/flush.ts'

/** A target whose syncs end when the test says so. */
function target(): { flusher: Flusher; started: () => number; end: (error?: Error) => void } {
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = []
  let started = 0
  const flusher = new Flusher({
    sync: () => {
      started += 1
      return new Promise((resolve, reject) => pending.push({ resolve, reject }))
    },
  })
  const end = (error?: Error): void => {
    const sync = pending.shift()
    if (error === undefined) sync?.resolve()
    else sync?.reject(error)
  }
  return { flusher, started: () => started, end }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('callers that come while a sync runs share the one behind it', async () => {
  const { flusher, started, end } = target()
  const first = flusher.flush()
  const second = flusher.flush()
  const third = flusher.flush()
  expect(second).toBe(third)
  expect(started()).toBe(1)
  end()
  await first
  await settle()
  expect(started()).toBe(2)
  end()
  await Promise.all([second, third])
  expect(started()).toBe(2)
})

test('a caller never gets by with a sync that began before it came', async () => {
  const { flusher, end } = target()
  const first = flusher.flush()
  let isDone = false
  const second = flusher.flush().then(() => {
    isDone = true
  })
  end()
  await first
  await settle()
  expect(isDone).toBe(false)
  end()
  await second
  expect(isDone).toBe(true)
})

test('a failed sync fails its callers, and the next is tried', async () => {
  const { flusher, end } = target()
  const first = flusher.flush()
  const second = flusher.flush()
  end(new Error('EIO'))
  await expect(first).rejects.toThrow('EIO')
  await settle()
  end()
  await expect(second).resolves.toBeUndefined()
})
