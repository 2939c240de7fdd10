import { expect, test } from 'vitest'
import { mebibytesOf, PassingLine } from '../../../src/cli/passing-line.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

const erase = '\r\u001b[K'

function lineOn(isVisible: boolean) {
  const clock = new SimClock()
  const written: string[] = []
  const line = new PassingLine(clock, (text) => void written.push(text), isVisible)
  return { clock, written, line }
}

test('is written a few times a second at most', () => {
  const { clock, written, line } = lineOn(true)
  for (const text of ['one', 'two', 'three']) {
    line.show(() => text)
    clock.advance(150)
  }
  expect(written).toEqual([`${erase}one`, `${erase}three`])
})

test('is erased once, and only where it was shown', () => {
  const { written, line } = lineOn(true)
  line.clear()
  line.show(() => 'one')
  line.clear()
  line.clear()
  expect(written).toEqual([`${erase}one`, erase])
})

test('is not written where nobody sees it', () => {
  const { written, line } = lineOn(false)
  line.show(() => expect.fail('nobody asked for it'))
  line.clear()
  expect(written).toEqual([])
})

test('counts mebibytes', () => {
  expect(mebibytesOf(12 * 2 ** 20, 340.4 * 2 ** 20)).toBe('12 of 340 MiB')
})
