/**
 * DescribeCluster (60), v0-2: cluster id, controller, brokers.
 * v1 endpointType (KIP-919) · v2 fenced brokers. Differs from Kafka: not at all.
 */
import type {
  DescribeClusterRequest,
  DescribeClusterResponseInput,
} from '../../protocol/codecs/describe-cluster.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import {
  authorizedOperations,
  clusterResource,
  operationsNotAsked,
} from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

const brokerEndpoints = 1
const controllerEndpoints = 2

export const handleDescribeCluster: Handler<
  DescribeClusterRequest,
  DescribeClusterResponseInput
> = (broker, request, context) => {
  if (request.endpointType === controllerEndpoints) {
    return refuse(
      'MISMATCHED_ENDPOINT_TYPE',
      'This is a broker endpoint, not a controller endpoint.',
    )
  }
  if (request.endpointType !== brokerEndpoints) {
    return refuse('UNSUPPORTED_ENDPOINT_TYPE', `Unknown endpoint type ${request.endpointType}.`)
  }
  const { nodeId, brokerRack } = broker.config
  const { host, port } = context.connection.advertised
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    endpointType: brokerEndpoints,
    clusterId: broker.catalog.clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, host, port, rack: brokerRack, isFenced: false }],
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? operations(broker, context)
      : operationsNotAsked,
  }
}

function operations(broker: BrokerServices, context: RequestContext): number {
  if (!broker.authorize(context, 'describe', 'cluster', clusterResource)) return 0
  return authorizedOperations(broker, context, 'cluster', clusterResource)
}

function refuse(error: ErrorName, errorMessage: string): DescribeClusterResponseInput {
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    errorMessage,
    clusterId: '',
    brokers: [],
  }
}
