// Reads what the demos print: every line that tells of a message ends in its delay, such as "(4
// ms)".
import { expect } from 'vitest'

const delayMillisMax = 1000

/** The groups of each line that matches `pattern`, in the order of the lines. */
export function linesMatching(lines: readonly string[], pattern: RegExp): string[][] {
  return lines.flatMap((line) => {
    const found = pattern.exec(line)
    return found === null ? [] : [found.slice(1)]
  })
}

/** Every message of the run arrived within a second of being produced. */
export function expectPromptDelivery(lines: readonly string[]): void {
  const late = lines.filter(
    (line) => Number(/\((-?\d+) ms\)$/.exec(line)?.[1] ?? 0) >= delayMillisMax,
  )
  expect(late).toEqual([])
}

/**
 * The messages are numbered 1 to `count`: each arrived once, and those with the same key in the
 * order of their numbers. `messages` are [number, key] in the order of arrival.
 */
export function expectOnceAndInOrder(messages: readonly string[][], count: number): void {
  const numbers = messages.map(([number]) => Number(number))
  expect(numbers.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, at) => at + 1),
  )
  for (const [key, ofKey] of groupByKey(messages)) {
    expect(ofKey, `the messages of key ${key}`).toEqual(ofKey.toSorted((a, b) => a - b))
  }
}

function groupByKey(messages: readonly string[][]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [number, key = ''] of messages) {
    groups.set(key, [...(groups.get(key) ?? []), Number(number)])
  }
  return groups
}
