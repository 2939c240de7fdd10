// ConsumerGroupHeartbeat and ConsumerGroupDescribe answers, field by field.
import { describe, expect, test } from 'vitest'
import { handleConsumerGroupDescribe } from '../../../src/handlers/consumer-group-describe.ts'
import { handleConsumerGroupHeartbeat } from '../../../src/handlers/consumer-group-heartbeat.ts'
import type { BrokerServices } from '../../../src/handlers/context.ts'
import { errorCode } from '../../../protocol/errors.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'
import type { GroupBroker } from '../../support/group-broker.ts'
import { TestTopics } from '../../support/test-topics.ts'

const joining = {
  groupId: 'g',
  memberId: 'm',
  memberEpoch: 0,
  instanceId: null,
  rackId: 'r1',
  rebalanceTimeoutMs: 5000,
  subscribedTopicNames: ['orders'],
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: [],
}

const orders = { topicId: TestTopics.idOf('orders'), partitions: [0, 1, 2] }

function beat(broker: GroupBroker, request = joining, services: BrokerServices = broker.services) {
  return atOnce(handleConsumerGroupHeartbeat(services, request, broker.context(1)))
}

function describeGroups(
  broker: GroupBroker,
  groupIds: string[],
  services: BrokerServices = broker.services,
) {
  const request = { groupIds, includeAuthorizedOperations: true }
  return atOnce(handleConsumerGroupDescribe(services, request, broker.context(1))).groups
}

const denying = (broker: GroupBroker, denied: string): BrokerServices => ({
  ...broker.services,
  authorize: (_context, _operation, type) => type !== denied,
})

describe('ConsumerGroupHeartbeat', () => {
  test('answers a member that joins with its epoch and its partitions', async () => {
    const broker = await createGroupBroker()
    expect(beat(broker)).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      memberId: 'm',
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      assignment: { topicPartitions: [orders] },
    })
  })

  test('says why it refuses', async () => {
    const broker = await createGroupBroker()
    expect(beat(broker, { ...joining, memberEpoch: 3 })).toEqual({
      throttleTimeMs: 0,
      errorCode: errorCode('GROUP_ID_NOT_FOUND'),
      errorMessage: 'Consumer group g not found.',
      memberId: null,
      memberEpoch: 0,
      heartbeatIntervalMs: 0,
      assignment: null,
    })
  })

  test('asks for the right to read the group and to see the topics', async () => {
    const broker = await createGroupBroker()
    const codeWithout = (type: string) => beat(broker, joining, denying(broker, type)).errorCode
    expect(codeWithout('group')).toBe(errorCode('GROUP_AUTHORIZATION_FAILED'))
    expect(codeWithout('topic')).toBe(errorCode('TOPIC_AUTHORIZATION_FAILED'))
  })

  test('is not served where the configuration leaves consumer groups out', async () => {
    const broker = await createGroupBroker()
    const config = { ...broker.services.config, groupCoordinatorRebalanceProtocols: ['classic'] }
    const services = { ...broker.services, config }
    expect(beat(broker, joining, services).errorCode).toBe(errorCode('UNSUPPORTED_VERSION'))
    expect(describeGroups(broker, ['g'], services)[0]?.errorCode).toBe(
      errorCode('UNSUPPORTED_VERSION'),
    )
  })
})

describe('ConsumerGroupDescribe', () => {
  test('shows group and members', async () => {
    const broker = await createGroupBroker()
    beat(broker)
    const topicPartitions = [{ ...orders, topicName: 'orders' }]
    expect(describeGroups(broker, ['g'])).toEqual([
      {
        errorCode: 0,
        errorMessage: null,
        groupId: 'g',
        groupState: 'Stable',
        groupEpoch: 2,
        assignmentEpoch: 2,
        assignorName: 'uniform',
        members: [
          {
            memberId: 'm',
            instanceId: null,
            rackId: 'r1',
            memberEpoch: 2,
            clientId: expect.any(String) as string,
            clientHost: '/127.0.0.1',
            subscribedTopicNames: ['orders'],
            subscribedTopicRegex: '',
            assignment: { topicPartitions },
            targetAssignment: { topicPartitions },
            memberType: 1,
          },
        ],
        authorizedOperations: expect.any(Number) as number,
      },
    ])
  })

  test('knows no classic and no other groups', async () => {
    const broker = await createGroupBroker()
    broker.world.commit('classic', [{ offset: 1 }])
    const notFound = { errorCode: errorCode('GROUP_ID_NOT_FOUND'), groupState: '', members: [] }
    expect(describeGroups(broker, ['classic', 'never'])).toMatchObject([
      { ...notFound, errorMessage: 'Group classic is not a consumer group.' },
      { ...notFound, errorMessage: 'Group never not found.', authorizedOperations: -(2 ** 31) },
    ])
    expect(describeGroups(broker, [''])[0]?.errorCode).toBe(errorCode('INVALID_GROUP_ID'))
  })

  test('hides a group whose topics the client may not see', async () => {
    const broker = await createGroupBroker()
    beat(broker)
    const codeWithout = (type: string) =>
      describeGroups(broker, ['g'], denying(broker, type))[0]?.errorCode
    expect(codeWithout('topic')).toBe(errorCode('TOPIC_AUTHORIZATION_FAILED'))
    expect(codeWithout('group')).toBe(errorCode('GROUP_AUTHORIZATION_FAILED'))
  })
})
