// DeleteGroups answers.
import { expect, test } from 'vitest'
import { handleDeleteGroups } from '../../../src/handlers/delete-groups.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

test('each group is answered once: deleted, not empty, not there, not allowed', async () => {
  const { services, context, world, admin } = await createGroupBroker()
  world.commit('', [{ offset: 1 }])
  world.commit('mine', [{ offset: 1 }])
  await world.stableGroup('busy')
  admin.denied.add('delete group mine')
  const request = { groupsNames: ['', 'busy', 'never', 'mine', ''] }
  const { results } = atOnce(handleDeleteGroups(services, request, context(2)))
  expect(results.map(({ groupId, errorCode }) => [groupId, errorCode])).toEqual([
    ['', 0],
    ['busy', 68],
    ['never', 69],
    ['mine', 30],
  ])
  expect(world.describe('').state).toBe('Dead')
  expect(world.committed('mine')).toEqual({ 'orders-0': 1 })
})
