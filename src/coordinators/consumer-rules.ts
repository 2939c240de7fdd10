// What a consumer group goes by: the broker's settings, and in their place the group's own
// (resource type 32), kept within the broker's bounds.
import { assert } from '../base/assert.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { isServerAssignor } from './consumer/target-assignment.ts'
import { serverAssignors } from './consumer/step.ts'
import type { ConsumerRules } from './consumer/step.ts'

/** The rules of a group whose own settings are `own`. */
export function consumerRulesOf(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): ConsumerRules {
  const policy = config.groupConsumerMigrationPolicy.toLowerCase()
  const assignors = config.groupConsumerAssignors.filter(isServerAssignor)
  return {
    sessionTimeoutMs: within(own.get('consumer.session.timeout.ms'), {
      fallback: config.groupConsumerSessionTimeoutMs,
      min: config.groupConsumerMinSessionTimeoutMs,
      max: config.groupConsumerMaxSessionTimeoutMs,
    }),
    heartbeatIntervalMs: within(own.get('consumer.heartbeat.interval.ms'), {
      fallback: config.groupConsumerHeartbeatIntervalMs,
      min: config.groupConsumerMinHeartbeatIntervalMs,
      max: config.groupConsumerMaxHeartbeatIntervalMs,
    }),
    assignmentIntervalMs: within(own.get('consumer.assignment.interval.ms'), {
      fallback: config.groupConsumerAssignmentIntervalMs,
      min: config.groupConsumerMinAssignmentIntervalMs,
      max: config.groupConsumerMaxAssignmentIntervalMs,
    }),
    maxSize: config.groupConsumerMaxSize,
    classicMaxSize: config.groupMaxSize,
    // Class names of Kafka's plugins mean nothing here.
    assignors: assignors.length > 0 ? assignors : serverAssignors,
    regexRefreshMs: config.groupConsumerRegexRefreshIntervalMs,
    migration: {
      upgrade: policy === 'upgrade' || policy === 'bidirectional',
      downgrade: policy === 'downgrade' || policy === 'bidirectional',
    },
  }
}

/** The group's own value was checked when it was set; the broker's bounds may have moved since. */
export function within(
  text: string | undefined,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): number {
  assert(min <= max, 'a setting has room')
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(value) ? Math.min(Math.max(value, min), max) : fallback
}
