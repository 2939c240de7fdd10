// The assignor of share groups: everything assigned, evenly, and as before where that is even.
import { describe, expect, test } from 'vitest'
import { assignSimple } from '../../../../src/coordinators/assignors/simple.ts'
import type { Assignment } from '../../../../src/coordinators/assignors/assignor.ts'
import { SeededRandom } from '../../../support/group-world.ts'

function assign(
  members: Record<string, readonly string[]>,
  assignable: Record<string, number>,
  before: Assignment = new Map(),
): Assignment {
  const list = Object.entries(members).map(([memberId, topics]) => ({
    memberId,
    instanceId: null,
    topicIds: new Set(topics),
    current: before.get(memberId) ?? new Map(),
  }))
  return assignSimple({
    members: list,
    partitionCounts: new Map(),
    homogeneous: new Set(list.map(({ topicIds }) => [...topicIds].sort().join())).size <= 1,
    assignable: new Map(
      Object.entries(assignable).map(([id, count]) => [
        id,
        Array.from({ length: count }, (_, n) => n),
      ]),
    ),
  })
}

function counts(assignment: Assignment): number[] {
  return Array.from(assignment.values(), (share) =>
    [...share.values()].reduce((sum, partitions) => sum + partitions.length, 0),
  )
}

describe('the simple assignor', () => {
  test('gives each partition to one member while there are enough, else to several', () => {
    expect(counts(assign({ a: ['t'], b: ['t'] }, { t: 4 }))).toEqual([2, 2])
    expect(counts(assign({ a: ['t'], b: ['t'], c: ['t'] }, { t: 1 }))).toEqual([1, 1, 1])
    expect(counts(assign({ a: ['t'], b: ['t'], c: ['t'] }, { t: 2 }))).toEqual([2, 1, 1])
  })

  test('gives nothing of topics that a member does not subscribe to', () => {
    const shares = assign({ a: ['t'], b: ['u'], c: ['t', 'u'] }, { t: 2, u: 2 })
    expect([...(shares.get('a')?.keys() ?? [])]).toEqual(['t'])
    expect([...(shares.get('b')?.keys() ?? [])]).toEqual(['u'])
    expect(counts(shares)).toEqual([1, 1, 2])
  })

  test('leaves members what they have as far as it is even', () => {
    const before = assign({ a: ['t'], b: ['t'] }, { t: 4 })
    expect(assign({ a: ['t'], b: ['t'] }, { t: 4 }, before)).toEqual(before)
    const after = assign({ a: ['t'], b: ['t'], c: ['t'] }, { t: 6 }, before)
    expect(counts(after)).toEqual([2, 2, 2])
    expect(after.get('a')).toEqual(before.get('a'))
    expect(after.get('b')).toEqual(before.get('b'))
  })

  test.each([1, 2, 3, 4])('covers every partition that has a subscriber (seed %i)', (seed) => {
    const random = new SeededRandom(seed)
    let before: Assignment = new Map()
    for (let round = 0; round < 100; round++) {
      const members: Record<string, readonly string[]> = {}
      for (let index = random.below(6) + 1; index > 0; index--) {
        members[`m${index}`] = [['t'], ['u'], ['t', 'u']][random.below(3)] ?? ['t']
      }
      const partitions = { t: random.below(5) + 1, u: random.below(4) + 1 }
      const shares = assign(members, partitions, before)
      before = shares
      for (const [topic, count] of Object.entries(partitions)) {
        const subscribers = Object.values(members).filter((topics) => topics.includes(topic)).length
        const held = Array.from({ length: count }, () => 0)
        for (const share of shares.values()) {
          for (const partition of share.get(topic) ?? [])
            held[partition] = (held[partition] ?? 0) + 1
        }
        if (subscribers > 0) expect(Math.min(...held)).toBeGreaterThan(0)
        expect(Math.max(...held)).toBeLessThanOrEqual(Math.ceil(Math.max(subscribers, 1) / 1))
      }
    }
  })
})
