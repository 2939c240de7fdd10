// The records of `__transaction_state`, in Kafka's format: version 1, whose tagged fields KIP-890
// brought, or 0 where the cluster's transaction.version is below 1.
import {
  decodeTransactionLogKey,
  decodeTransactionLogValue,
  encodeTransactionLogKey,
  encodeTransactionLogValue,
} from '../../protocol/codecs/transaction-records.ts'
import type { TransactionLogValue } from '../../protocol/codecs/transaction-records.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { assert } from '../base/assert.ts'
import type { RecordBytes } from './group-records.ts'
import { noEpoch, transactionStatuses } from './transactions/state.ts'
import type { TransactionPartitions, TransactionState } from './transactions/state.ts'

/** A transactional id as it is to be remembered; null: it is gone. */
export interface TransactionChange {
  readonly transactionalId: string
  readonly value: TransactionState | null
}

const keyVersion = 0

/** The bytes of a change. `serverVersion` is the cluster's transaction.version. */
export function encodeTransaction(change: TransactionChange, serverVersion: number): RecordBytes {
  const { transactionalId, value } = change
  const key = encodeToBuffer(encodeTransactionLogKey, { transactionalId }, keyVersion, keyVersion)
  if (value === null) return { key, value: null }
  const isEmpty = value.status === 'Empty'
  assert(!isEmpty || value.partitions.size === 0, 'an empty transaction has no partitions')
  const message = {
    producerId: value.producerId,
    previousProducerId: value.previousProducerId,
    nextProducerId: value.nextProducerId,
    producerEpoch: value.producerEpoch,
    transactionTimeoutMs: value.timeoutMs,
    transactionStatus: transactionStatuses.indexOf(value.status),
    transactionPartitions: isEmpty ? null : partitionsMessage(value.partitions),
    transactionLastUpdateTimestampMs: value.updateTimestampMs,
    transactionStartTimestampMs: value.startTimestampMs,
    clientTransactionVersion: value.clientVersion,
  }
  const version = serverVersion >= 1 ? 1 : 0
  return { key, value: encodeToBuffer(encodeTransactionLogValue, message, version, version) }
}

function partitionsMessage(
  partitions: TransactionPartitions,
): { topic: string; partitionIds: number[] }[] {
  return Array.from(partitions, ([topic, ids]) => ({ topic, partitionIds: [...ids] }))
}

/**
 * What a record of the log means; null for kinds of records that are not known.
 * @throws DecodeError when the bytes are damaged.
 */
export function decodeTransaction(key: Buffer, value: Buffer | null): TransactionChange | null {
  const reader = new Reader(key)
  if (reader.int16() !== keyVersion) return null
  const { transactionalId } = decodeTransactionLogKey(reader, keyVersion)
  if (value === null) return { transactionalId, value: null }
  const valueReader = new Reader(value)
  const version = valueReader.int16()
  const stored = decodeTransactionLogValue(valueReader, version)
  return { transactionalId, value: stateOf(transactionalId, stored) }
}

function stateOf(transactionalId: string, stored: TransactionLogValue): TransactionState | null {
  const status = transactionStatuses[stored.transactionStatus]
  if (status === undefined || status === 'PrepareEpochFence') {
    throw new DecodeError(`transaction status ${stored.transactionStatus}`)
  }
  if (status === 'Dead') return null
  const partitions = new Map<string, ReadonlySet<number>>()
  for (const { topic, partitionIds } of stored.transactionPartitions ?? []) {
    partitions.set(topic, new Set(partitionIds))
  }
  return {
    transactionalId,
    status,
    producerId: stored.producerId,
    previousProducerId: stored.previousProducerId,
    nextProducerId: stored.nextProducerId,
    producerEpoch: stored.producerEpoch,
    lastProducerEpoch: noEpoch,
    timeoutMs: stored.transactionTimeoutMs,
    partitions,
    startTimestampMs: stored.transactionStartTimestampMs,
    updateTimestampMs: stored.transactionLastUpdateTimestampMs,
    clientVersion: stored.clientTransactionVersion,
  }
}
