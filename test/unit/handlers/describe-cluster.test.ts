// DescribeCluster answers.
import { describe, expect, test } from 'vitest'
import { handleDescribeCluster } from '../../../src/handlers/describe-cluster.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'

describe('DescribeCluster', () => {
  async function ask(endpointType: number, includeClusterAuthorizedOperations = true) {
    const broker = await createAdminBroker()
    const request = {
      includeClusterAuthorizedOperations,
      endpointType,
      includeFencedBrokers: false,
    }
    return answerOf(handleDescribeCluster(broker.services, request, broker.context(2)))
  }

  test('names the cluster and this broker', async () => {
    expect(await ask(1)).toMatchObject({
      errorCode: 0,
      endpointType: 1,
      clusterId: 'anVEaUvbTISJZxzwk-4slA',
      controllerId: 1,
      brokers: [{ brokerId: 1, host: 'here', port: 19092, rack: null, isFenced: false }],
      clusterAuthorizedOperations: 8096,
    })
    expect((await ask(1, false)).clusterAuthorizedOperations).toBe(-(2 ** 31))
  })

  test('controllers are not told of here', async () => {
    expect((await ask(2)).errorCode).toBe(114)
    expect((await ask(9)).errorCode).toBe(115)
  })
})
