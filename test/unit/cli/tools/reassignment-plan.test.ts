import { describe, expect, test } from 'vitest'
import {
  checkPlan,
  parsePlan,
  parseTopicsToMove,
  planJson,
  proposePlacement,
  throttlesOf,
} from '../../../../src/cli/tools/reassignment-plan.ts'

const planOf = (partitions: unknown, version = 1) =>
  parsePlan(JSON.stringify({ version, partitions }))
const refusal = (partitions: unknown) => () => checkPlan(planOf(partitions))

describe('a plan', () => {
  test('names replicas, and the directories of those that may not lie anywhere', () => {
    const replicas = [1, 2]
    const plan = planOf([{ topic: 't', partition: 3, replicas, log_dirs: ['any', '/d'] }])
    expect(plan).toEqual({
      partitions: [{ topic: 't', partition: 3, replicas }],
      moves: [{ topic: 't', partition: 3, broker: 2, directory: '/d' }],
    })
    expect(planOf([{ topic: 't', partition: 0, replicas: [1] }]).moves).toEqual([])
  })

  test('that cannot be read is refused', () => {
    expect(() => parsePlan('{')).toThrow('The input string is not a valid JSON')
    expect(() => planOf([], 2)).toThrow('Not supported version field value 2')
    expect(() => planOf([{ topic: 't', replicas: [1] }])).toThrow('`partition`')
    expect(() => planOf([{ topic: 't', partition: 0 }])).toThrow('`replicas`')
    expect(() => planOf([{ topic: 't', partition: 0, replicas: ['1'] }])).toThrow('`Integer`')
    expect(() => planOf([{ topic: 't', partition: 0, replicas: [1], log_dirs: [] }])).toThrow(
      'Size of replicas list [1] is different from size of log dirs list [] for partition t-0',
    )
  })

  test('is refused for execution where it is empty or says something twice', () => {
    const place = { topic: 't', partition: 0 }
    expect(refusal([])).toThrow('Partition reassignment list cannot be empty')
    expect(refusal([{ ...place, replicas: [] }])).toThrow('Partition replica list cannot be empty')
    expect(refusal([place, place].map((item) => ({ ...item, replicas: [1] })))).toThrow(
      'Partition reassignment contains duplicate topic partitions: t-0',
    )
    expect(refusal([{ ...place, replicas: [1, 2, 1] }])).toThrow(
      'Partition replica lists may not contain duplicate entries: t-0 contains multiple entries for 1',
    )
    expect(refusal([{ ...place, replicas: [1] }])).not.toThrow()
  })

  test('is written in order, as it is read', () => {
    const partitions = [
      { topic: 'b', partition: 0, replicas: [1] },
      { topic: 'a', partition: 10, replicas: [1, 2] },
      { topic: 'a', partition: 9, replicas: [2] },
    ]
    const text = planJson(partitions, ({ broker }) => (broker === 1 ? '/d' : null))
    const rows = [
      '{"topic":"a","partition":9,"replicas":[2],"log_dirs":["any"]}',
      '{"topic":"a","partition":10,"replicas":[1,2],"log_dirs":["/d","any"]}',
      '{"topic":"b","partition":0,"replicas":[1],"log_dirs":["/d"]}',
    ]
    expect(text).toBe(`{"version":1,"partitions":[${rows.join(',')}]}`)
    expect(parsePlan(text).moves).toHaveLength(2)
  })
})

test('what to plan for names topics and brokers once', () => {
  const text = '{"topics":[{"topic":"a"},{"topic":"b"}]}'
  expect(parseTopicsToMove(text, '1,2')).toEqual({ topics: ['a', 'b'], brokers: [1, 2] })
  expect(() => parseTopicsToMove(text, '1,1')).toThrow('duplicate entries: [1]')
  expect(() => parseTopicsToMove(text, '1,x')).toThrow('For input string: "x"')
  const twice = '{"topics":[{"topic":"a"},{"topic":"a"}]}'
  expect(() => parseTopicsToMove(twice, '1')).toThrow('duplicate entries: [a]')
})

describe('a proposal', () => {
  const partitions = [0, 1, 2].map((partition) => ({ topic: 't', partition, replicas: [1, 2] }))
  const brokers = (racks: readonly (string | null)[]) =>
    racks.map((rack, index) => ({ id: index + 1, rack }))

  test('goes around the brokers, from a drawn one', () => {
    const placed = proposePlacement(partitions, brokers([null, null, null]), () => 1)
    expect(placed.map(({ replicas }) => replicas)).toEqual([
      [2, 3],
      [3, 1],
      [1, 2],
    ])
  })

  test('puts neighbours into different racks', () => {
    const placed = proposePlacement(partitions, brokers(['a', 'a', 'b', 'b']), () => 0)
    expect(placed.map(({ replicas }) => replicas)).toEqual([
      [1, 3],
      [3, 2],
      [2, 4],
    ])
  })

  test('is refused where a broker would have two replicas', () => {
    expect(() => proposePlacement(partitions, brokers([null]), () => 0)).toThrow(
      'The target replication factor of 2 cannot be reached because only 1 broker(s) are registered.',
    )
  })
})

test('throttles name sources as leaders and new replicas as followers', () => {
  const plan = [
    { topic: 't', partition: 0, replicas: [2, 3] },
    { topic: 't', partition: 1, replicas: [4] },
  ]
  const current = new Map([
    ['t-0', [1, 2]],
    ['t-1', [1, 4]],
  ])
  const moving = { topic: 't', partition: 1, replicas: [5, 6], adding: [6], removing: [] }
  const throttles = throttlesOf(plan, current, new Map([['t-1', moving]]))
  expect(throttles.leaders.get('t')).toBe('0:1,0:2,1:5')
  expect(throttles.followers.get('t')).toBe('0:3,1:4')
  expect(throttles.brokers).toEqual([1, 2, 3, 4, 5])
})
