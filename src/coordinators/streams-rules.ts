// What a streams group goes by: the broker's settings, and in their place the group's own (resource
// type 32), kept within the broker's bounds.
import type { BrokerConfig } from '../config/broker-config.ts'
import { within } from './consumer-rules.ts'
import type { StreamsRules } from './streams/step.ts'

const noLimit = Number.MAX_SAFE_INTEGER

/** The rules of a group whose own settings are `own`. */
export function streamsRulesOf(
  config: BrokerConfig,
  own: ReadonlyMap<string, string>,
): StreamsRules {
  return {
    sessionTimeoutMs: within(own.get('streams.session.timeout.ms'), {
      fallback: config.groupStreamsSessionTimeoutMs,
      min: config.groupStreamsMinSessionTimeoutMs,
      max: config.groupStreamsMaxSessionTimeoutMs,
    }),
    heartbeatIntervalMs: within(own.get('streams.heartbeat.interval.ms'), {
      fallback: config.groupStreamsHeartbeatIntervalMs,
      min: config.groupStreamsMinHeartbeatIntervalMs,
      max: config.groupStreamsMaxHeartbeatIntervalMs,
    }),
    assignmentIntervalMs: within(own.get('streams.assignment.interval.ms'), {
      fallback: config.groupStreamsAssignmentIntervalMs,
      min: config.groupStreamsMinAssignmentIntervalMs,
      max: config.groupStreamsMaxAssignmentIntervalMs,
    }),
    initialDelayMs: within(own.get('streams.initial.rebalance.delay.ms'), {
      fallback: config.groupStreamsInitialRebalanceDelayMs,
      min: 0,
      max: noLimit,
    }),
    standbyCount: within(own.get('streams.num.standby.replicas'), {
      fallback: config.groupStreamsNumStandbyReplicas,
      min: 0,
      max: config.groupStreamsMaxStandbyReplicas,
    }),
    taskOffsetIntervalMs: within(own.get('streams.task.offset.interval.ms'), {
      fallback: config.groupStreamsTaskOffsetIntervalMs,
      min: config.groupStreamsMinTaskOffsetIntervalMs,
      max: noLimit,
    }),
    acceptableRecoveryLag: within(own.get('streams.acceptable.recovery.lag'), {
      fallback: config.groupStreamsAcceptableRecoveryLag ?? 0,
      min: 0,
      max: noLimit,
    }),
    maxSize: config.groupStreamsMaxSize,
  }
}
