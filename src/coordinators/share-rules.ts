// What a share group goes by: the broker's settings, and in their place the group's own (resource
// type 32), kept within the broker's bounds.
import type { BrokerConfig } from '../config/broker-config.ts'
import { within } from './consumer-rules.ts'
import type { SharePartitionRules } from './share/share-partition.ts'
import type { ShareRules } from './share/step.ts'

/** The rules of a group's membership; its own settings are `own`. */
export function shareRulesOf(config: BrokerConfig, own: ReadonlyMap<string, string>): ShareRules {
  return {
    sessionTimeoutMs: within(own.get('share.session.timeout.ms'), {
      fallback: config.groupShareSessionTimeoutMs,
      min: config.groupShareMinSessionTimeoutMs,
      max: config.groupShareMaxSessionTimeoutMs,
    }),
    heartbeatIntervalMs: within(own.get('share.heartbeat.interval.ms'), {
      fallback: config.groupShareHeartbeatIntervalMs,
      min: config.groupShareMinHeartbeatIntervalMs,
      max: config.groupShareMaxHeartbeatIntervalMs,
    }),
    assignmentIntervalMs: within(own.get('share.assignment.interval.ms'), {
      fallback: config.groupShareAssignmentIntervalMs,
      min: config.groupShareMinAssignmentIntervalMs,
      max: config.groupShareMaxAssignmentIntervalMs,
    }),
    maxSize: config.groupShareMaxSize,
  }
}

/** Where a group begins to read a partition that it has no start offset of. */
export type ShareOffsetReset =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'by-duration'; readonly durationMs: number }

/** The rules of a group's records. */
export interface ShareRecordRules extends SharePartitionRules {
  /** share.isolation.level is read_committed. */
  readonly readCommitted: boolean
  /** share.auto.offset.reset */
  readonly offsetReset: ShareOffsetReset
}

export function shareRecordRulesOf(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): ShareRecordRules {
  return {
    recordLocksMax: within(own.get('share.partition.max.record.locks'), {
      fallback: config.groupSharePartitionMaxRecordLocks,
      min: config.groupShareMinPartitionMaxRecordLocks,
      max: config.groupShareMaxPartitionMaxRecordLocks,
    }),
    deliveryCountLimit: within(own.get('share.delivery.count.limit'), {
      fallback: config.groupShareDeliveryCountLimit,
      min: config.groupShareMinDeliveryCountLimit,
      max: config.groupShareMaxDeliveryCountLimit,
    }),
    lockDurationMs: within(own.get('share.record.lock.duration.ms'), {
      fallback: config.groupShareRecordLockDurationMs,
      min: config.groupShareMinRecordLockDurationMs,
      max: config.groupShareMaxRecordLockDurationMs,
    }),
    mayRenew: own.get('share.renew.acknowledge.enable')?.toLowerCase() !== 'false',
    readCommitted: own.get('share.isolation.level') === 'read_committed',
    offsetReset: offsetResetOf(own.get('share.auto.offset.reset') ?? 'latest'),
  }
}

/** `latest`, `earliest`, or `by_duration:` with an ISO 8601 duration; checked when it was set. */
function offsetResetOf(text: string): ShareOffsetReset {
  if (text === 'earliest') return { kind: 'earliest' }
  const duration =
    /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text)
  if (duration === null) return { kind: 'latest' }
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = duration.map(Number)
  const part = (value: number) => (Number.isNaN(value) ? 0 : value)
  const totalHours = part(days) * hoursPerDay + part(hours)
  const totalSeconds = (totalHours * 60 + part(minutes)) * 60 + part(seconds)
  return { kind: 'by-duration', durationMs: totalSeconds * 1000 }
}

const hoursPerDay = 24
