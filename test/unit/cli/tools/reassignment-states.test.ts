import { describe, expect, test } from 'vitest'
import { moveText, stateText } from '../../../../src/cli/tools/reassignment-states.ts'

describe('a partition', () => {
  const state = { topic: 't', partition: 0, replicas: [1, 2], current: [1, 2], isDone: true }

  test('is completed, under way, or not what was planned', () => {
    expect(stateText(state)).toBe('Reassignment of partition t-0 is completed.')
    expect(stateText({ ...state, isDone: false })).toBe(
      'Reassignment of partition t-0 is still in progress.',
    )
    expect(stateText({ ...state, current: [2, 1] })).toBe(
      'There is no active reassignment of partition t-0, but replica set is 2,1 rather than 1,2.',
    )
  })
})

describe('a move', () => {
  const move = { topic: 't', partition: 0, broker: 1, directory: '/b' }

  test.each([
    ['/b', null, 'Reassignment of replica t-0-1 completed successfully.'],
    ['/a', '/b', 'Reassignment of replica t-0-1 is still in progress.'],
    ['/a', null, 'Partition t-0 on broker 1 is not being moved from log dir /a to /b.'],
    ['/a', '/c', 'Partition t-0 on broker 1 is being moved to log dir /c instead of /b.'],
    [
      null,
      null,
      'Partition t-0 is not found in any live log dir on broker 1. There is likely an offline log directory on the broker.',
    ],
  ])('from %s with a copy in %s: %s', (current, future, text) => {
    expect(moveText({ ...move, current, future })).toBe(text)
  })
})
