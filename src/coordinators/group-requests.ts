// What those who answer requests about groups are given.
import type { ErrorName } from '../../protocol/errors.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { GroupCoordinatorOptions } from './coordinator-options.ts'
import type { GroupPartition } from './group-partition.ts'
import type { GroupSettings } from './group-settings.ts'
import type { MemberConnections } from './member-connections.ts'

/**
 * Runs on the group's partition of `__consumer_offsets`, made on first need. `refused` answers when
 * there is none (yet): while loading, after close, or when the topic cannot be made.
 */
export type OnGroupPartition = <T>(
  groupId: string,
  refused: (error: ErrorName) => T,
  run: (partition: GroupPartition) => MaybePromise<T>,
) => MaybePromise<T>

export interface GroupRequestPorts {
  readonly options: GroupCoordinatorOptions
  readonly settings: GroupSettings
  readonly connections: MemberConnections
  readonly on: OnGroupPartition
}
