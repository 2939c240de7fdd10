import { describe, expect, test } from 'vitest'
import { sourcePartitions } from '../../../../src/cli/tools/kafka-streams-groups.ts'
import { isInternalTopic } from '../../../../src/cli/tools/streams-topics.ts'
import { tasksText } from '../../../../src/cli/tools/streams-group-tables.ts'
import type {
  StreamsAssignment,
  StreamsGroupDescription,
} from '../../../../src/client/streams-groups.ts'
import { runTool } from '../../../support/tool-host.ts'

const active = (...activeTasks: StreamsAssignment['activeTasks']): StreamsAssignment => ({
  activeTasks,
  standbyTasks: [],
  warmupTasks: [],
})

const groupOf = (...assignments: readonly StreamsAssignment[]): StreamsGroupDescription => ({
  groupId: 'app',
  state: 'Stable',
  coordinator: { id: 1, host: 'h', port: 1, rack: null },
  groupEpoch: 1,
  targetAssignmentEpoch: 1,
  topologyEpoch: 0,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics: ['in'],
      repartitionSourceTopics: ['app-a-repartition'],
      stateChangelogTopics: ['app-a-changelog'],
    },
  ],
  members: assignments.map((assignment, index) => ({
    memberId: `m${index}`,
    processId: 'p',
    clientId: 'c',
    memberEpoch: 1,
    isClassic: false,
    assignment,
    targetAssignment: assignment,
  })),
})

describe('what members read', () => {
  test('is every source and repartition topic of their active tasks, once and in order', () => {
    const group = groupOf(
      active({ subtopologyId: '0', partitions: [10, 9] }),
      active({ subtopologyId: '0', partitions: [9] }),
    )
    expect(sourcePartitions(group)).toEqual([
      { topic: 'app-a-repartition', partition: 9 },
      { topic: 'app-a-repartition', partition: 10 },
      { topic: 'in', partition: 9 },
      { topic: 'in', partition: 10 },
    ])
  })

  test('cannot be a subtopology that the group does not have', () => {
    const group = groupOf(active({ subtopologyId: '1', partitions: [0] }))
    expect(() => sourcePartitions(group)).toThrow('Subtopology 1 not found in group description!')
  })

  test('is shown by kind and subtopology', () => {
    const assignment = {
      activeTasks: [
        { subtopologyId: '0', partitions: [0, 1] },
        { subtopologyId: '1', partitions: [0] },
      ],
      standbyTasks: [{ subtopologyId: '0', partitions: [2] }],
      warmupTasks: [],
    }
    expect(tasksText(assignment)).toBe('ACTIVE: 0:[0,1]; 1:[0]; STANDBY: 0:[2]; ')
    expect(tasksText(assignment, 'TARGET-')).toMatch(/^TARGET-ACTIVE: .*TARGET-STANDBY: 0/)
    expect(tasksText(active())).toBe('')
  })
})

test.each([
  ['app-store-changelog', true],
  ['app-KSTREAM-0-repartition', true],
  ['app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000012-topic', true],
  ['app-x-subscription-registration-topic', true],
  ['app-orders', false],
  ['other-store-changelog', false],
])('%s is an internal topic of app: %s', (topic, isInternal) => {
  expect(isInternalTopic(topic, 'app')).toBe(isInternal)
})

test.each([
  ['--describe', /^Option \[describe\] takes one of these options: \[all-groups\], \[group\]/],
  ['--describe --group g --members --offsets', /takes at most one of these options/],
  ['--delete --group g --input-topic t', /^Kafka Streams does not support topic-specific/],
  ['--delete-offsets --group g', /takes the \[group\] and one of these options/],
  ['--reset-offsets --group g', /^Option \[reset-offsets\] takes the option: \[execute\] or/],
  ['--reset-offsets --group g --dry-run --execute', /only accepts one of \[execute\] and/],
  [
    '--reset-offsets --group g --dry-run --to-latest --to-earliest',
    /^Option "\[to-earliest\]" can't be used with option "\[to-latest\]"/,
  ],
  [
    '--reset-offsets --group g --dry-run --delete-all-internal-topics',
    /takes \[execute\] when \[reset-offsets\] is used/,
  ],
  ['--list --dry-run', /^Only Option \[reset-offsets\] accepts \[execute\] or \[dry-run\]/],
  ['--list --describe --group g', /^Option "\[group\]" can't be used with option "\[list\]"/],
  ['--timeout 5', /^Command must include exactly one action: --list, --describe, --delete,/],
])('the command line %j is refused with the usage', async (words, complaint) => {
  const args = ['--bootstrap-server', 'localhost:1', ...words.split(' ')]
  const { code, err } = await runTool('kafka-streams-groups', args)
  expect(code).toBe(1)
  expect(err).toMatch(complaint)
})
