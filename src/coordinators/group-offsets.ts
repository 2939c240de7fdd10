// What handlers ask of the offsets that groups keep: commits, plain and in transactions, reads and
// deletions.
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { Caller } from './coordinator-options.ts'
import type { GroupRequestPorts } from './group-requests.ts'
import {
  fetchError,
  planCommit,
  planDeletion,
  planTransactionalCommit,
  readOffsets,
} from './offset-requests.ts'
import type {
  CommitRequest,
  DeleteOffsetsAnswer,
  DeleteOffsetsRequest,
  FetchOffsetsAnswer,
  FetchOffsetsRequest,
  TransactionalCommitRequest,
} from './offset-requests.ts'
import { clientError } from './runtime.ts'
import type { GroupShard } from './shard.ts'

export class GroupOffsets {
  readonly #ports: GroupRequestPorts

  constructor(ports: GroupRequestPorts) {
    this.#ports = ports
  }

  /**
   * OffsetCommit of existing partitions: an error for each, in the request's order. An empty group
   * id is one.
   */
  commit(request: CommitRequest, caller: Caller): MaybePromise<readonly ErrorName[]> {
    const { groupId, memberId, offsets } = request
    const refused = (error: ErrorName): readonly ErrorName[] => offsets.map(() => error)
    return this.#ports.on(groupId, refused, (partition) => {
      const { clock, config, instruments } = this.#ports.options
      if (instruments !== undefined) instruments.offsetCommits += offsets.length
      if (memberId !== '' && partition.knows(groupId, memberId)) {
        this.#ports.connections.heard(groupId, memberId, caller.connection)
      }
      const plan = (shard: GroupShard) =>
        planCommit(shard, request, {
          apiVersion: caller.apiVersion,
          nowMs: clock.nowMs(),
          metadataMaxBytes: config.offsetMetadataMaxBytes,
        })
      return partition.commit(request, plan, refused)
    })
  }

  /**
   * TxnOffsetCommit: an error for each offset, in the request's order. `verify` says whether the
   * transaction has the partition of `__consumer_offsets` that it is given.
   */
  commitInTransaction(
    request: TransactionalCommitRequest,
    verify: (store: PartitionStore) => MaybePromise<ErrorName>,
  ): MaybePromise<readonly ErrorName[]> {
    const { groupId, producerId, producerEpoch, offsets } = request
    const refused = (error: ErrorName) => offsets.map(() => error)
    if (groupId === '') return refused('INVALID_GROUP_ID')
    return this.#ports.on<readonly ErrorName[]>(groupId, refused, (partition) => {
      const write = () =>
        partition.write(
          (shard) => {
            const nowMs = this.#ports.options.clock.nowMs()
            const metadataMaxBytes = this.#ports.options.config.offsetMetadataMaxBytes
            return planTransactionalCommit(shard, request, { nowMs, metadataMaxBytes })
          },
          refused,
          { producerId, producerEpoch },
        )
      return chain(verify(partition.store), (error) =>
        error === 'NONE' ? write() : refused(clientError(error)),
      )
    })
  }

  /** OffsetFetch: of the partitions that are asked for, or of all. */
  fetch(request: FetchOffsetsRequest, caller: Caller): MaybePromise<FetchOffsetsAnswer> {
    const { groupId, memberId } = request
    const refused = (error: ErrorName) => ({ error, topics: [] })
    return this.#ports.on<FetchOffsetsAnswer>(groupId, refused, (partition) => {
      if (memberId !== null && partition.knows(groupId, memberId)) {
        this.#ports.connections.heard(groupId, memberId, caller.connection)
      }
      const error = fetchError(partition.shard, request)
      if (error !== null) return { error, topics: [] }
      return { error: 'NONE', topics: readOffsets(partition.shard, request) }
    })
  }

  /** OffsetDelete: the group's error, or an error for each partition. */
  delete(request: DeleteOffsetsRequest): MaybePromise<DeleteOffsetsAnswer> {
    const refused = (error: ErrorName) => ({ error, partitions: [] })
    if (request.groupId === '') return refused('INVALID_GROUP_ID')
    return this.#ports.on<DeleteOffsetsAnswer>(request.groupId, refused, (partition) =>
      partition.write((shard) => planDeletion(shard, request), refused),
    )
  }
}
