// DescribeGroups answers.
import { describe, expect, test } from 'vitest'
import { handleDescribeGroups } from '../../../src/handlers/describe-groups.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'
import type { GroupBroker } from '../../support/group-broker.ts'

function describeOne(broker: GroupBroker, version: number, groupId: string, operations = false) {
  const request = { groups: [groupId], includeAuthorizedOperations: operations }
  const answer = atOnce(handleDescribeGroups(broker.services, request, broker.context(version)))
  return answer.groups[0]
}

describe('DescribeGroups', () => {
  test('shows a stable group with its members', async () => {
    const broker = await createGroupBroker()
    const { memberIds } = await broker.world.stableGroup('g')
    expect(describeOne(broker, 5, 'g')).toEqual({
      errorCode: 0,
      errorMessage: null,
      groupId: 'g',
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [
        {
          memberId: memberIds[0],
          groupInstanceId: null,
          clientId: 'test',
          clientHost: '/127.0.0.1',
          memberMetadata: Buffer.from('m'),
          memberAssignment: Buffer.from('a0'),
        },
      ],
      authorizedOperations: -2147483648,
    })
  })

  test('a group that does not exist is Dead, and from version 6 on an error', async () => {
    const broker = await createGroupBroker()
    const dead = { groupState: 'Dead', members: [], authorizedOperations: -2147483648 }
    expect(describeOne(broker, 5, 'never')).toMatchObject({ errorCode: 0, ...dead })
    expect(describeOne(broker, 6, 'never', true)).toMatchObject({ errorCode: 69, ...dead })
  })

  test('says what the client may do when it asks', async () => {
    const broker = await createGroupBroker()
    broker.world.commit('g', [{ offset: 1 }])
    const bits = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11)
    expect(describeOne(broker, 5, 'g', true)?.authorizedOperations).toBe(bits)
  })

  test('tells nothing to those who may not see the group', async () => {
    const broker = await createGroupBroker()
    broker.admin.denied.add('describe group g')
    expect(describeOne(broker, 5, 'g')).toMatchObject({ errorCode: 30, groupState: '' })
  })
})
