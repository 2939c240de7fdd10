// Reads the partitions of one fetch, in order and within its byte budgets. Knows neither sessions
// nor the shape of the answer.
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { PartitionStore, ReadLimit, ReadResult } from '../storage/engine.ts'
import type { FetchPartition } from './fetch-session.ts'
import { checkLeaderEpoch } from './leader-epoch.ts'

/** What was read of one partition: data, an error, or the point where the client's log diverges. */
export interface PartitionRead {
  readonly partition: FetchPartition
  readonly errorName: ErrorName
  readonly result: ReadResult | null
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null
  /** The refusal came before any log was looked at: such answers list no aborted transactions. */
  readonly beforeRead: boolean
}

export interface ReadPlan {
  readonly partitions: readonly FetchPartition[]
  /** The store or the reason why there is none to read. */
  readonly locate: (partition: FetchPartition) => PartitionStore | ErrorName
  readonly limit: ReadLimit
  readonly maxBytes: number
  /** The answer is the only one to look at the records. */
  readonly mayStayInFile: boolean
}

/** Reads all partitions. The first batch found is returned whole even if it breaks the budgets. */
export function readPartitions(plan: ReadPlan): MaybePromise<PartitionRead[]> {
  const reads: PartitionRead[] = []
  let leftBytes = plan.maxBytes
  let anyData = false

  const take = (read: PartitionRead): void => {
    const byteLength = read.result?.records.byteLength ?? 0
    anyData ||= byteLength > 0
    leftBytes = Math.max(0, leftBytes - byteLength)
    reads.push(read)
  }
  const readFrom = (start: number): MaybePromise<PartitionRead[]> => {
    for (let index = start; index < plan.partitions.length; index++) {
      const partition = plan.partitions[index]
      if (partition === undefined) break
      const read = readOne(plan, partition, { leftBytes, minOneBatch: !anyData })
      if (isPromise(read)) {
        return read.then((settled) => {
          take(settled)
          return readFrom(index + 1)
        })
      }
      take(read)
    }
    return reads
  }
  return readFrom(0)
}

function readOne(
  plan: ReadPlan,
  partition: FetchPartition,
  budget: { leftBytes: number; minOneBatch: boolean },
): MaybePromise<PartitionRead> {
  const store = plan.locate(partition)
  if (typeof store === 'string') return refusedRead(partition, store, true)
  const failed = (error: unknown): PartitionRead => {
    if (!(error instanceof KafkaError)) throw error
    return refusedRead(partition, error.errorName, false)
  }
  try {
    checkLeaderEpoch(store, partition.currentLeaderEpoch)
    const diverging = divergence(store, partition)
    const maxBytes = diverging === null ? Math.min(partition.maxBytes, budget.leftBytes) : 0
    checkBound(store, partition.fetchOffset, maxBytes, plan.limit)
    const result = store.read({
      offset: partition.fetchOffset,
      maxBytes: Math.max(0, maxBytes),
      minOneBatch: budget.minOneBatch && diverging === null,
      limit: plan.limit,
      mayStayInFile: plan.mayStayInFile,
    })
    const toRead = (settled: ReadResult): PartitionRead => ({
      partition,
      errorName: 'NONE',
      result: settled,
      diverging,
      beforeRead: false,
    })
    return isPromise(result) ? result.then(toRead, failed) : toRead(result)
  } catch (error) {
    return failed(error)
  }
}

/**
 * KIP-595: where the client's log and ours part, if they do.
 * @throws KafkaError OFFSET_OUT_OF_RANGE when the client's last epoch is unknown here.
 */
function divergence(store: PartitionStore, partition: FetchPartition): PartitionRead['diverging'] {
  if (partition.lastFetchedEpoch < 0) return null
  const end = store.endOffsetForEpoch(partition.lastFetchedEpoch)
  if (end.endOffset < 0 || end.leaderEpoch < 0) {
    throw new KafkaError('OFFSET_OUT_OF_RANGE', 'the last fetched epoch is unknown')
  }
  const diverges =
    end.leaderEpoch < partition.lastFetchedEpoch || end.endOffset < partition.fetchOffset
  return diverges ? { epoch: end.leaderEpoch, endOffset: end.endOffset } : null
}

/** Kafka notices a negative bound only where there is something to read. */
function checkBound(
  store: PartitionStore,
  offset: number,
  maxBytes: number,
  limit: ReadLimit,
): void {
  if (maxBytes >= 0 || store.readableBytes(offset, limit, 1) === 0) return
  throw new KafkaError('UNKNOWN_SERVER_ERROR', `a fetch of at most ${maxBytes} bytes`)
}

export function refusedRead(
  partition: FetchPartition,
  errorName: ErrorName,
  beforeRead: boolean,
): PartitionRead {
  return { partition, errorName, result: null, diverging: null, beforeRead }
}

/** Gives back the memory of reads that will not be sent. */
export function releaseReads(reads: readonly PartitionRead[]): void {
  for (const read of reads) read.result?.records.release()
}
