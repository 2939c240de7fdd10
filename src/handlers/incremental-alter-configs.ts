/**
 * IncrementalAlterConfigs (44), v0-1: sets, deletes, appends to and subtracts from single configs
 * of topics, brokers, groups, client metrics and loggers (KIP-339).
 * v1 flexible.
 * Differs from Kafka: there is one logger, `root`; `listeners` cannot change while the broker runs.
 */
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponseInput,
} from '../../protocol/codecs/incremental-alter-configs.ts'
import { chain } from '../base/maybe-promise.ts'
import { changeConfigs } from './config-changes.ts'
import type { Handler } from './context.ts'

export const handleIncrementalAlterConfigs: Handler<
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponseInput
> = (broker, { resources, validateOnly }, context) => {
  const altered = resources.map(({ resourceType, resourceName, configs }) => ({
    resourceType,
    resourceName,
    operations: configs.map(({ name, configOperation, value }) => ({
      key: name,
      operation: configOperation,
      value,
    })),
  }))
  const request = { resources: altered, validateOnly, replacesAll: false }
  return chain(changeConfigs(broker, request, context), (responses) => ({
    throttleTimeMs: 0,
    responses,
  }))
}
