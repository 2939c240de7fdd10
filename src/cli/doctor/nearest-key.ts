// Finds the key that was meant by a misspelt one.
import { brokerConfigTable } from '../../config/broker-table.ts'
import { knownBrokerConfigTable } from '../../config/broker-known.ts'

const wrongLettersMax = 3

/** The known key that differs from `name` by the fewest letters, at most three; null: none. */
export function nearestKey(name: string): string | null {
  let nearest: string | null = null
  let fewest = wrongLettersMax + 1
  for (const key of Object.keys({ ...brokerConfigTable, ...knownBrokerConfigTable })) {
    if (Math.abs(key.length - name.length) >= fewest) continue
    const distance = editDistance(name.toLowerCase(), key)
    if (distance < fewest) [nearest, fewest] = [key, distance]
  }
  return nearest
}

/** How many letters must be put in, left out or changed to make `from` into `to` (Levenshtein). */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
