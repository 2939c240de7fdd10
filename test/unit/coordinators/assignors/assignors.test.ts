// The server-side assignors: what they give in plain cases, and what holds of any group, by seed.
import { describe, expect, test } from 'vitest'
import type {
  Assignment,
  AssignorInput,
  AssignorMember,
} from '../../../../src/coordinators/assignors/assignor.ts'
import { noPartitions } from '../../../../src/coordinators/assignors/assignor.ts'
import { assignRange } from '../../../../src/coordinators/assignors/range.ts'
import { assignUniform } from '../../../../src/coordinators/assignors/uniform.ts'
import { SeededRandom } from '../../../support/group-world.ts'

function member(memberId: string, topics: string[], more: Partial<AssignorMember> = {}) {
  return { memberId, instanceId: null, topicIds: new Set(topics), current: noPartitions, ...more }
}

function inputOf(members: AssignorMember[], counts: Record<string, number>): AssignorInput {
  const keys = new Set(members.map(({ topicIds }) => [...topicIds].sort().join()))
  const wanted = new Set(members.flatMap(({ topicIds }) => [...topicIds]))
  const partitionCounts = new Map(Object.entries(counts).filter(([id]) => wanted.has(id)))
  return { members, partitionCounts, homogeneous: keys.size <= 1 }
}

function shown(assignment: Assignment): Record<string, Record<string, readonly number[]>> {
  return Object.fromEntries(
    Array.from(assignment, ([id, share]) => [id, Object.fromEntries(share)]),
  )
}

function sizeOf(assignment: Assignment, memberId: string): number {
  let size = 0
  for (const partitions of assignment.get(memberId)?.values() ?? []) size += partitions.length
  return size
}

/** The next input: everybody holds what they were assigned. */
function held(members: AssignorMember[], assignment: Assignment): AssignorMember[] {
  return members.map((one) => ({ ...one, current: assignment.get(one.memberId) ?? noPartitions }))
}

describe('range', () => {
  test('cuts each topic in the order of instance ids, then member ids', () => {
    const members = [
      member('c', ['t', 'u']),
      member('a', ['t', 'u']),
      member('z', ['t', 'u'], { instanceId: 'static' }),
    ]
    expect(shown(assignRange(inputOf(members, { t: 4, u: 3 })))).toEqual({
      z: { t: [0, 1], u: [0] },
      a: { t: [2], u: [1] },
      c: { t: [3], u: [2] },
    })
  })

  test('gives a topic to its subscribers alone', () => {
    const members = [member('a', ['t']), member('b', ['t', 'u'])]
    expect(shown(assignRange(inputOf(members, { t: 2, u: 2 })))).toEqual({
      a: { t: [0] },
      b: { t: [1], u: [0, 1] },
    })
  })

  test('leaves members without a partition where there are too few', () => {
    const members = [member('a', ['t']), member('b', ['t'])]
    expect(shown(assignRange(inputOf(members, { t: 1 })))).toEqual({ a: { t: [0] }, b: {} })
  })
})

describe('uniform', () => {
  test('lets a member keep what its quota allows when another comes', () => {
    const first = [member('a', ['t'])]
    const before = assignUniform(inputOf(first, { t: 3 }))
    expect(shown(before)).toEqual({ a: { t: [0, 1, 2] } })
    const both = [...held(first, before), member('b', ['t'])]
    expect(shown(assignUniform(inputOf(both, { t: 3 })))).toEqual({
      a: { t: [0, 1] },
      b: { t: [2] },
    })
  })

  test('forgets partitions and topics that are gone', () => {
    const current = new Map([
      ['t', [0, 5]],
      ['gone', [1]],
    ])
    const members = [member('a', ['t'], { current })]
    expect(shown(assignUniform(inputOf(members, { t: 2 })))).toEqual({ a: { t: [0, 1] } })
  })

  test('balances different subscriptions by moving what may move', () => {
    const members = [
      member('a', ['t', 'u'], { current: new Map([['t', [0, 1, 2, 3]]]) }),
      member('b', ['t']),
    ]
    const after = assignUniform(inputOf(members, { t: 4, u: 2 }))
    expect([sizeOf(after, 'a'), sizeOf(after, 'b')]).toEqual([3, 3])
  })

  test('assigns nothing to nobody', () => {
    expect(assignUniform({ members: [], partitionCounts: new Map(), homogeneous: true }).size).toBe(
      0,
    )
  })
})

describe.each([
  ['range', assignRange],
  ['uniform', assignUniform],
])('%s, whatever the group', (name, assign) => {
  const topics = ['t0', 't1', 't2', 't3']

  for (let seed = 1; seed <= 40; seed++) {
    test(`seed ${seed}: each partition has one owner, who subscribes to it`, () => {
      const random = new SeededRandom(seed)
      const same = random.below(2) === 0
      const counts = Object.fromEntries(topics.map((topic) => [topic, 1 + random.below(9)]))
      const some = () => topics.filter((topic) => topic === 't0' || random.below(2) === 0)
      const shared = some()
      let members = Array.from({ length: 1 + random.below(7) }, (_, index) =>
        member(`m${index}`, same ? shared : some()),
      )
      for (let round = 0; round < 4; round++) {
        const input = inputOf(members, counts)
        const after = assign(input)
        check(input, after)
        const again = assign({ ...input, members: held(members, after) })
        expect(shown(again)).toEqual(shown(after))
        if (name === 'uniform' && same) {
          const sizes = members.map(({ memberId }) => sizeOf(after, memberId))
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        }
        members = held(members, after).filter((_, index) => index === 0 || random.below(3) > 0)
        members.push(member(`n${round}`, same ? shared : some()))
      }
    })
  }
})

function check({ members, partitionCounts }: AssignorInput, assignment: Assignment): void {
  const owners = new Map<string, string>()
  for (const { memberId, topicIds } of members) {
    for (const [topicId, partitions] of assignment.get(memberId) ?? []) {
      expect(topicIds.has(topicId)).toBe(true)
      for (const partition of partitions) {
        expect(owners.get(`${topicId}-${partition}`)).toBeUndefined()
        owners.set(`${topicId}-${partition}`, memberId)
      }
    }
  }
  let total = 0
  for (const count of partitionCounts.values()) total += count
  expect(owners.size).toBe(total)
}
