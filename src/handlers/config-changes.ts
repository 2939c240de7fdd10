// What AlterConfigs and IncrementalAlterConfigs have in common: resources are checked one by one,
// those that may change are written as one, loggers change at once and are not kept.
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { configOperation, planConfigChange } from '../catalog/config-control.ts'
import type { ConfigOperation } from '../catalog/config-control.ts'
import type { MetadataRecord } from '../catalog/records.ts'
import { duplicatesOf, refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { configResourceKind } from './config-resources.ts'
import type { ConfigResourceKind } from './config-resources.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, RequestContext } from './context.ts'
import { loggerRefusal, setLogLevels } from './logger-levels.ts'
import { orRefusal } from './or-refusal.ts'

/** A resource and what is to change, from either request. */
export interface AlteredResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly operations: readonly ConfigOperation[]
}

export interface ConfigChangeRequest {
  readonly resources: readonly AlteredResource[]
  readonly validateOnly: boolean
  /** AlterConfigs: what is not named is removed, and loggers cannot be changed. */
  readonly replacesAll: boolean
}

/** An answer per resource; both responses have these fields. */
export interface AlteredResourceResult {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

/** Decides, writes and answers. One resource that is refused does not hold up the others. */
export function changeConfigs(
  broker: BrokerServices,
  request: ConfigChangeRequest,
  context: RequestContext,
): MaybePromise<readonly AlteredResourceResult[]> {
  const duplicates = duplicatesOf(request.resources.map(identity))
  const early = request.resources.map((resource) =>
    duplicates.has(identity(resource))
      ? refuse('INVALID_REQUEST', 'Each resource must appear at most once.')
      : refusalBeforeDeciding(broker, resource, { request, context }),
  )
  const outcomes = orRefusal<readonly (Refusal | null)[]>(
    () => broker.catalog.change((image) => decide(broker, request, { image, early })),
    ({ errorName, detail }) => early.map((refusal) => refusal ?? refuse(errorName, detail)),
  )
  return chain(outcomes, (refusals) =>
    request.resources.map((resource, index) => answer(resource, refusals[index] ?? null)),
  )
}

function identity({ resourceType, resourceName }: AlteredResource): string {
  return `${resourceType} ${resourceName}`
}

function decide(
  broker: BrokerServices,
  request: ConfigChangeRequest,
  {
    image,
    early,
  }: { image: BrokerServices['catalog']['image']; early: readonly (Refusal | null)[] },
) {
  const node = {
    nodeId: broker.catalog.nodeId,
    broker: broker.config,
    obstacle: (next: BrokerConfig) => broker.tlsProblem(next),
  }
  const records: MetadataRecord[] = []
  const refusals = request.resources.map((resource, index) => {
    const refusal = early[index] ?? null
    const kind = configResourceKind(resource.resourceType)
    if (refusal !== null || kind === null) return refusal
    if (kind === 'logger') {
      if (!request.validateOnly) setLogLevels(broker.loggers, resource.operations)
      return null
    }
    const change = {
      resource: kind,
      name: resource.resourceName,
      operations: resource.operations,
      replacesAll: request.replacesAll,
    }
    const plan = planConfigChange(image, change, node)
    if (plan.refusal === null) records.push(...plan.records)
    return plan.refusal
  })
  return { records: request.validateOnly ? [] : records, answer: refusals }
}

/** What is wrong with a resource whatever the catalog holds, and what the principal may not do. */
function refusalBeforeDeciding(
  broker: BrokerServices,
  resource: AlteredResource,
  { request, context }: { request: ConfigChangeRequest; context: RequestContext },
): Refusal | null {
  const { resourceType, operations } = resource
  if (duplicatesOf(operations.map(({ key }) => key)).size > 0) {
    return refuse('INVALID_REQUEST', 'Error due to duplicate config keys')
  }
  const nulls = operations.filter(
    ({ operation, value }) => value === null && operation !== configOperation.delete,
  )
  if (nulls.length > 0) {
    const names = nulls.map(({ key }) => key).join(', ')
    return refuse('INVALID_REQUEST', `Null value not supported for : ${names}`)
  }
  const kind = configResourceKind(resourceType)
  if (kind === null || (kind === 'logger' && request.replacesAll)) {
    return refuse('INVALID_REQUEST', `Unknown resource type ${resourceType}`)
  }
  return (
    authorizationRefusal(broker, context, { kind, name: resource.resourceName }) ??
    nodeRefusal(broker, kind, resource.resourceName) ??
    (kind === 'logger' ? loggerRefusal(broker.loggers, operations) : null)
  )
}

function authorizationRefusal(
  broker: BrokerServices,
  context: RequestContext,
  { kind, name }: { kind: ConfigResourceKind; name: string },
): Refusal | null {
  const may = (type: 'topic' | 'group' | 'cluster', of: string) =>
    broker.authorize(context, 'alter-configs', type, of)
  if (kind === 'topic') return may('topic', name) ? null : refuse('TOPIC_AUTHORIZATION_FAILED')
  if (kind === 'group') return may('group', name) ? null : refuse('GROUP_AUTHORIZATION_FAILED')
  return may('cluster', clusterResource) ? null : refuse('CLUSTER_AUTHORIZATION_FAILED')
}

/** Brokers and loggers are of this node; a broker's empty name means all brokers. */
function nodeRefusal(
  broker: BrokerServices,
  kind: ConfigResourceKind,
  name: string,
): Refusal | null {
  if (kind !== 'logger' && kind !== 'broker') return null
  if (kind === 'broker' && name === '') return null
  if (!/^[+-]?\d+$/.test(name)) {
    return refuse('INVALID_REQUEST', `Node id must be an integer, but it is: ${name}`)
  }
  const { nodeId } = broker.catalog
  if (name === String(nodeId)) return null
  return refuse('INVALID_REQUEST', `Unexpected broker id, expected ${nodeId}, but received ${name}`)
}

function answer(
  { resourceType, resourceName }: AlteredResource,
  refusal: Refusal | null,
): AlteredResourceResult {
  if (refusal === null) return { errorCode: 0, errorMessage: null, resourceType, resourceName }
  const { error, message } = refusal
  // Kafka answers a failure of its own without a word.
  const errorMessage = error === 'UNKNOWN_SERVER_ERROR' ? message : (message ?? errorText(error))
  return { errorCode: errorCode(error), errorMessage, resourceType, resourceName }
}
