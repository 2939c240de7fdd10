// ListGroups answers.
import { expect, test } from 'vitest'
import { handleListGroups } from '../../../src/handlers/list-groups.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

test('groups are listed with state and type, and only those that the client may see', async () => {
  const { services, context, world, admin } = await createGroupBroker()
  await world.stableGroup('a')
  world.commit('b', [{ offset: 1 }])
  const list = (statesFilter: string[]) =>
    atOnce(handleListGroups(services, { statesFilter, typesFilter: [] }, context(5)))
  const a = { groupId: 'a', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' }
  expect(list(['STABLE'])).toEqual({ throttleTimeMs: 0, errorCode: 0, groups: [a] })
  expect(list([]).groups).toHaveLength(2)
  expect(list(['Nonsense'])).toEqual({ throttleTimeMs: 0, errorCode: 0, groups: [] })
  admin.denied.add('describe cluster kafka-cluster').add('describe group b')
  expect(list([]).groups).toEqual([a])
})
