/**
 * AlterConfigs (33), v0-2: replaces all configs of a topic, broker, group or client metrics
 * subscription. Superseded by IncrementalAlterConfigs, which keeps what it does not name.
 * v2 flexible. Differs from Kafka: `listeners` cannot change while the broker runs.
 */
import type {
  AlterConfigsRequest,
  AlterConfigsResponseInput,
} from '../../protocol/codecs/alter-configs.ts'
import { chain } from '../base/maybe-promise.ts'
import { configOperation } from '../catalog/config-control.ts'
import { changeConfigs } from './config-changes.ts'
import type { Handler } from './context.ts'

export const handleAlterConfigs: Handler<AlterConfigsRequest, AlterConfigsResponseInput> = (
  broker,
  { resources, validateOnly },
  context,
) => {
  const altered = resources.map(({ resourceType, resourceName, configs }) => ({
    resourceType,
    resourceName,
    operations: configs.map(({ name, value }) => ({
      key: name,
      operation: configOperation.set,
      value,
    })),
  }))
  const request = { resources: altered, validateOnly, replacesAll: true }
  return chain(changeConfigs(broker, request, context), (responses) => ({
    throttleTimeMs: 0,
    responses,
  }))
}
