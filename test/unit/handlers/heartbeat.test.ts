// Heartbeat answers.
import { expect, test } from 'vitest'
import { handleHeartbeat } from '../../../src/handlers/heartbeat.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

test('a heartbeat is answered with the group’s word', async () => {
  const { services, context, world, admin } = await createGroupBroker()
  const { memberIds, generation } = await world.stableGroup('g')
  const beat = (memberId: string) => {
    const request = { groupId: 'g', generationId: generation, memberId, groupInstanceId: null }
    return atOnce(handleHeartbeat(services, request, context(4)))
  }
  expect(beat(memberIds[0] ?? '')).toEqual({ throttleTimeMs: 0, errorCode: 0 })
  expect(beat('ghost').errorCode).toBe(25)
  admin.denied.add('read group g')
  expect(beat(memberIds[0] ?? '').errorCode).toBe(30)
})
