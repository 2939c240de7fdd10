// kafka-streams-groups (KIP-1071) at our broker: what an operator sees of a group, and does to it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { ClassicMember } from '../support/classic-member.ts'
import { runTool, type ToolRun } from '../support/tool-host.ts'
import type { ToolName } from '../../src/cli/tools/index.ts'
import { WireClient } from '../support/wire-client.ts'

let broker: TestBroker
let client: WireClient
beforeAll(async () => {
  const overrides = { 'group.streams.initial.rebalance.delay.ms': 0 }
  broker = await startTestBroker({ overrides })
  client = await WireClient.open(broker.bootstrap)
})
afterAll(async () => {
  client.end()
  await broker.stop()
})

function run(tool: ToolName, words: string, input = ''): Promise<ToolRun> {
  return runTool(tool, ['--bootstrap-server', broker.bootstrap, ...words.split(' ')], input)
}

const groups = (words: string) => run('kafka-streams-groups', words)
const memberId = 'DDDDDDDDDDDDDDDDDDDDDQ'

const topology = {
  epoch: 0,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics: ['in'],
      sourceTopicRegex: [],
      stateChangelogTopics: [
        { name: 'app-store-changelog', partitions: 0, replicationFactor: 0, topicConfigs: [] },
      ],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    },
  ],
}

/** A heartbeat of the one member: epoch 0 joins, -1 leaves. */
async function beat(memberEpoch: number): Promise<number> {
  const tasks = memberEpoch === 0 ? [] : null
  const answer = await client.call('StreamsGroupHeartbeat', 0, {
    ...{ groupId: 'app', memberId, memberEpoch, processId: 'process' },
    ...{ endpointInformationEpoch: 0, rebalanceTimeoutMs: 60_000 },
    ...{ topology: memberEpoch === 0 ? topology : null },
    ...{ activeTasks: tasks, standbyTasks: tasks, warmupTasks: tasks },
  })
  expect(answer.errorCode).toBe(0)
  return answer.memberEpoch
}

test('a streams group is listed, described, reset and deleted with its internal topics', async () => {
  await run('kafka-topics', '--create --topic in --partitions 2')
  await run('kafka-console-producer', '--topic in', 'a\nb\nc\n')
  let epoch = await beat(0)
  await expect
    .poll(
      async () => {
        epoch = await beat(epoch)
        return (await groups('--describe --group app --members')).out
      },
      { timeout: 5000, interval: 50 },
    )
    .toMatch(/^app {13}D{21}Q process {9}ottla-test {6}ACTIVE: 0:\[0,1\]; $/m)
  expect((await groups('--list --state')).out).toMatch(/^GROUP {11}STATE\napp {13}\w+\n$/)
  const { out } = await groups('--describe --group app')
  const rows = out.split('\n').slice(1, 3)
  expect(rows.map((row) => row.split(/ +/).slice(0, 3))).toEqual([
    ['app', 'in', '0'],
    ['app', 'in', '1'],
  ])
  expect(rows.reduce((sum, row) => sum + Number(row.split(/ +/)[3]), 0)).toBe(3)
  expect((await groups('--delete --group app')).out).toContain(
    "* Group 'app' could not be deleted due to: org.apache.kafka.common.errors.GroupNotEmptyException: Streams group 'app' is not EMPTY.\n",
  )

  await beat(-1)
  expect((await groups('--describe --group app --state')).out).toMatch(
    /^\nError: Streams group 'app' has no active members\.\nGROUP {11}COORDINATOR \(ID\)/,
  )
  const stranger = '--reset-offsets --group app --input-topic in --to-latest --execute'
  expect((await groups(stranger)).out).toContain(
    "Error: One or more topics are not part of the group 'app'.",
  )
  expect((await groups('--delete --group app --delete-all-internal-topics')).out).toBe(
    "Deletion of requested streams groups ('app') was successful.\nDeletion of associated internal topics of the streams groups ('app') was successful.\n",
  )
  expect((await run('kafka-topics', '--list')).out).not.toContain('changelog')
  expect(await groups('--describe --group app')).toMatchObject({
    code: 1,
    out: '\nError: Executing streams group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group app not found.\n',
  })
})

test('an application is reset once its members are gone, by force if they stay', async () => {
  const reset = (words: string) =>
    run('kafka-streams-application-reset', `--application-id old ${words}`)
  await run('kafka-topics', '--create --topic old-store-changelog')
  await run('kafka-topics', '--create --topic orders --partitions 1')
  await run('kafka-console-producer', '--topic orders', 'a\nb\nc\n')
  const member = new ClassicMember('old')
  await member.join(client, Buffer.alloc(0))

  const refused = await reset('--input-topics orders')
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toMatch(
    /^ERROR: Consumer group 'old' is still active and has following members: \[\(memberId=/,
  )
  const rehearsal = await reset('--input-topics orders --to-latest --force --dry-run')
  expect(rehearsal.out).toMatch(/^Force deleting .*: old\n----Dry run displays /)
  expect((await reset('')).code).toBe(1)

  expect(await reset('--input-topics orders,gone --to-offset 2 --force')).toEqual({
    code: 1,
    out: [
      'Force deleting all active members in the group: old',
      'Reset-offsets for input topics [orders, gone]',
      'Following input topics are not found, skipping them',
      'Topic: gone',
      'Following input topics offsets will be reset to (for consumer group old)',
      'Topic: orders Partition: 0 Offset: 2',
      'Done.',
      'Deleting inferred internal topics [old-store-changelog]',
      'Done.\n',
    ].join('\n'),
    err: '',
  })
  expect((await run('kafka-topics', '--list')).out).not.toContain('old-store')
  expect((await run('kafka-consumer-groups', '--describe --group old')).out).toMatch(
    /^old +orders +0 +2 +3 +1 +- /m,
  )
})
