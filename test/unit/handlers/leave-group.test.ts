// LeaveGroup answers, old form and new.
import { expect, test } from 'vitest'
import { handleLeaveGroup } from '../../../src/handlers/leave-group.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

test('before version 3 the one member’s error is the answer’s', async () => {
  const { services, context, world } = await createGroupBroker()
  const { memberIds } = await world.stableGroup('g')
  const leave = (memberId: string) => {
    const request = { groupId: 'g', memberId, members: [] }
    return atOnce(handleLeaveGroup(services, request, context(2)))
  }
  expect(leave('nope')).toEqual({ throttleTimeMs: 0, errorCode: 25, members: [] })
  expect(leave(memberIds[0] ?? '').errorCode).toBe(0)
})

test('from version 3 on each member has its error, and the answer the group’s', async () => {
  const { services, context, admin } = await createGroupBroker()
  const leave = (groupId: string) => {
    const members = [{ memberId: 'x', groupInstanceId: null, reason: 'bye' }]
    const request = { groupId, memberId: '', members }
    return atOnce(handleLeaveGroup(services, request, context(5)))
  }
  expect(leave('g')).toEqual({
    throttleTimeMs: 0,
    errorCode: 0,
    members: [{ memberId: 'x', groupInstanceId: null, errorCode: 25 }],
  })
  expect(leave('')).toEqual({ throttleTimeMs: 0, errorCode: 24, members: [] })
  admin.denied.add('read group g')
  expect(leave('g').errorCode).toBe(30)
})
