// SyncGroup answers.
import { expect, test } from 'vitest'
import { handleSyncGroup } from '../../../src/handlers/sync-group.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

function request(protocolType: string | null, protocolName: string | null) {
  const member = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }
  return { ...member, protocolType, protocolName, assignments: [] }
}

test('version 5 must name the protocol, earlier ones cannot', async () => {
  const { services, context } = await createGroupBroker()
  const errorCode = (version: number, type: string | null, name: string | null) =>
    atOnce(handleSyncGroup(services, request(type, name), context(version))).errorCode
  expect(errorCode(5, null, 'range')).toBe(23)
  expect(errorCode(5, 'consumer', null)).toBe(23)
  expect(errorCode(5, 'consumer', 'range')).toBe(25)
  expect(errorCode(4, null, null)).toBe(25)
})

test('who may not read the group gets no assignment', async () => {
  const { services, context, admin } = await createGroupBroker()
  admin.denied.add('read group g')
  const answer = atOnce(handleSyncGroup(services, request(null, null), context(3)))
  expect(answer).toMatchObject({ errorCode: 30, protocolType: null, protocolName: null })
  expect(answer.assignment).toHaveLength(0)
})
