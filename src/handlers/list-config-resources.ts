/**
 * ListConfigResources (74), v0-1: names of the resources that have configs (KIP-1142); v0 was
 * ListClientMetricsResources and lists only those.
 * v1 resource types. Differs from Kafka: not at all.
 */
import type {
  ListConfigResourcesRequest,
  ListConfigResourcesResponseInput,
} from '../../protocol/codecs/list-config-resources.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { clusterResource } from './authorized-operations.ts'
import { configResourceKind, configResourceNumbers } from './config-resources.ts'
import type { ConfigResourceKind } from './config-resources.ts'
import type { BrokerServices, Handler } from './context.ts'

const clientMetricsOnly: readonly number[] = [16]

export const handleListConfigResources: Handler<
  ListConfigResourcesRequest,
  ListConfigResourcesResponseInput
> = (broker, { resourceTypes }, context) => {
  if (!broker.authorize(context, 'describe-configs', 'cluster', clusterResource)) {
    return refuse('CLUSTER_AUTHORIZATION_FAILED')
  }
  const all = context.apiVersion === 0 ? clientMetricsOnly : configResourceNumbers
  const wanted = resourceTypes.length === 0 ? all : [...new Set(resourceTypes)]
  if (wanted.some((resourceType) => configResourceKind(resourceType) === null)) {
    return refuse('UNSUPPORTED_VERSION')
  }
  const configResources = wanted.flatMap((resourceType) => {
    const kind = configResourceKind(resourceType)
    const names = kind === null ? [] : namesOf(broker, kind)
    return names.map((resourceName) => ({ resourceName, resourceType }))
  })
  return { throttleTimeMs: 0, errorCode: 0, configResources }
}

function namesOf({ catalog }: BrokerServices, kind: ConfigResourceKind): readonly string[] {
  switch (kind) {
    case 'topic':
      return [...catalog.topics()].map(({ name }) => name)
    case 'broker':
    case 'logger':
      return [String(catalog.nodeId)]
    case 'clientMetrics':
    case 'group':
      return catalog.image.configuredNames(kind)
  }
}

function refuse(error: ErrorName): ListConfigResourcesResponseInput {
  return { throttleTimeMs: 0, errorCode: errorCode(error), configResources: [] }
}
