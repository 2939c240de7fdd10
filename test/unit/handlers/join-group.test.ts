// JoinGroup answers, version by version.
import { expect, test } from 'vitest'
import { handleJoinGroup } from '../../../src/handlers/join-group.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

const request = {
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: 'ghost',
  groupInstanceId: null,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  reason: null,
}

test('a refusal names no protocol: as null from version 7 on, as empty text before', async () => {
  const { services, context } = await createGroupBroker()
  const refusal = { errorCode: 25, generationId: -1, memberId: 'ghost', leader: '', members: [] }
  const seven = atOnce(handleJoinGroup(services, request, context(7)))
  expect(seven).toMatchObject({ ...refusal, protocolType: null, protocolName: null })
  const three = atOnce(handleJoinGroup(services, request, context(3)))
  expect(three).toMatchObject({ ...refusal, protocolName: '' })
})

test('version 0 has one time-out for session and rebalance', async () => {
  const { services, context, world } = await createGroupBroker()
  const first = { ...request, memberId: '', rebalanceTimeoutMs: -1 }
  const joining = Promise.resolve(handleJoinGroup(services, first, context(0)))
  await world.advance(1)
  const answer = await joining
  expect(answer).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range' })
  void handleJoinGroup(services, first, context(0))
  await world.advance(10_000)
  expect(world.describe('g').state).toBe('CompletingRebalance')
})

test('metadata outlives the request’s memory', async () => {
  const { services, context, world } = await createGroupBroker()
  const metadata = Buffer.from('mine')
  const joined = { ...request, memberId: '', protocols: [{ name: 'range', metadata }] }
  const joining = Promise.resolve(handleJoinGroup(services, joined, context(3)))
  metadata.fill(0)
  await world.advance(1)
  const answer = await joining
  expect(typeof answer === 'symbol' ? null : answer.members[0]?.metadata.toString()).toBe('mine')
})

test('who may not read the group may not join it', async () => {
  const { services, context, admin } = await createGroupBroker()
  admin.denied.add('read group g')
  expect(atOnce(handleJoinGroup(services, request, context(9)))).toMatchObject({ errorCode: 30 })
})
