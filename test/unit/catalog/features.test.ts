// Which feature levels of a data directory this broker can start on.
import { describe, expect, test } from 'vitest'
import { featureProblem, features } from '../../../src/catalog/features.ts'

describe('feature levels', () => {
  test.each([
    ['metadata.version', 7],
    ['metadata.version', 33],
    ['metadata.version', 0],
    ['share.version', 2],
    ['eligible.leader.replicas.version', 1],
  ])('%s %i is fine', (name, level) => {
    expect(featureProblem(name, level)).toBeNull()
  })

  test.each([
    ['metadata.version', 6],
    ['metadata.version', 34],
    ['eligible.leader.replicas.version', 2],
  ])('%s %i is refused, with what is understood', (name, level) => {
    expect(featureProblem(name, level)).toMatch(/this broker understands \d+ to \d+/)
  })

  test('a new cluster declares only levels that are supported', () => {
    for (const { minSupported, maxSupported, initial } of features) {
      expect(initial).toBeGreaterThanOrEqual(minSupported)
      expect(initial).toBeLessThanOrEqual(maxSupported)
    }
  })
})
