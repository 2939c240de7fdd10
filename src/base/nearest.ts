// Finds what was meant by a misspelt word.

/** The candidate that differs from `word` by the fewest letters, at most `lettersMax`; null: none. */
export function nearest(
  word: string,
  candidates: Iterable<string>,
  lettersMax: number,
): string | null {
  let found: string | null = null
  let fewest = lettersMax + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue
    const distance = editDistance(word, candidate)
    if (distance < fewest) [found, fewest] = [candidate, distance]
  }
  return found
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
