// What is known of one transactional id, and what its producers ask: the vocabulary of the machine
// in step.ts. All of the state is stored, but the last epoch: a new state is also its record.
import type { ErrorName } from '../../../protocol/errors.ts'
import { int16Max } from '../../base/units.ts'
import type { Ticket } from '../classic/state.ts'

/** The states that a record can say, in the order of Kafka's numbers for them. */
export const transactionStatuses = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

/** Every name that Kafka knows: ListTransactions filters by them. */
export type TransactionStatusName = (typeof transactionStatuses)[number]

/**
 * Where a transactional id stands. Kafka's Dead is an id that does not exist; its PrepareEpochFence
 * is a decision under way, which here is a step and no state.
 */
export type TransactionStatus = Exclude<TransactionStatusName, 'Dead' | 'PrepareEpochFence'>

/** Topic → partitions. */
export type TransactionPartitions = ReadonlyMap<string, ReadonlySet<number>>

export interface TransactionState {
  readonly transactionalId: string
  readonly status: TransactionStatus
  readonly producerId: number
  /** The producer id before the last change of state: by it a repeated EndTxn is known. */
  readonly previousProducerId: number
  /** What the id becomes when the transaction is complete, its epochs being used up; -1: stays. */
  readonly nextProducerId: number
  readonly producerEpoch: number
  /** The epoch before, for a repeated InitProducerId (KIP-360); -1 unknown. Not stored. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly partitions: TransactionPartitions
  /** Wall-clock ms of the first partition; -1 before. */
  readonly startTimestampMs: number
  readonly updateTimestampMs: number
  /** 2: the client's epoch grows with every end of a transaction (KIP-890); 0: it does not. */
  readonly clientVersion: number
}

export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface InitAnswer extends ProducerIdAndEpoch {
  readonly error: ErrorName
}

export type EndAnswer = InitAnswer

export interface InitEvent {
  readonly kind: 'init'
  readonly transactionalId: string
  readonly ticket: Ticket<InitAnswer>
  readonly timeoutMs: number
  /** What the producer has (KIP-360); null: nothing. */
  readonly expected: ProducerIdAndEpoch | null
  /** A producer id that nobody has, given when the machine asked for one. */
  readonly freshProducerId: number | null
}

export interface AddEvent extends ProducerIdAndEpoch {
  readonly kind: 'add'
  readonly ticket: Ticket<ErrorName>
  readonly partitions: TransactionPartitions
  readonly clientVersion: number
}

export interface EndEvent extends ProducerIdAndEpoch {
  readonly kind: 'end'
  readonly ticket: Ticket<EndAnswer>
  readonly commit: boolean
  readonly clientVersion: number
  readonly freshProducerId: number | null
}

/** The transaction took too long: the coordinator aborts it, and its producer is fenced. */
export interface TimeoutEvent {
  readonly kind: 'timeout'
  readonly freshProducerId: number | null
}

/** Every partition has its marker. */
export interface MarkedEvent {
  readonly kind: 'marked'
}

/** The id may have been idle for too long (transactional.id.expiration.ms). */
export interface ExpireEvent {
  readonly kind: 'expire'
}

export type TransactionEvent =
  InitEvent | AddEvent | EndEvent | TimeoutEvent | MarkedEvent | ExpireEvent

/** What follows from a step, after its state is stored. */
export type TransactionEffect =
  | { readonly kind: 'answer-init'; readonly to: Ticket<InitAnswer>; readonly answer: InitAnswer }
  | { readonly kind: 'answer-add'; readonly to: Ticket<ErrorName>; readonly answer: ErrorName }
  | { readonly kind: 'answer-end'; readonly to: Ticket<EndAnswer>; readonly answer: EndAnswer }
  /** The transaction is decided: its partitions are to be told. */
  | { readonly kind: 'write-markers' }
  /** The same event again, with a fresh producer id. */
  | { readonly kind: 'allocate-producer-id'; readonly event: InitEvent | EndEvent | TimeoutEvent }

export interface TransactionStep {
  /** What is to be stored; 'unchanged': nothing; null: the id is forgotten. */
  readonly next: TransactionState | null | 'unchanged'
  readonly effects: readonly TransactionEffect[]
}

export interface TransactionRules {
  /** The cluster's transaction.version: how the coordinator itself ends transactions. */
  readonly serverVersion: number
  /** transactional.id.expiration.ms */
  readonly expirationMs: number
}

/** From this version on the end of a transaction takes the producer to its next epoch (KIP-890). */
export const epochBumpVersion = 2

export const noProducerId = -1
export const noEpoch = -1

/** The epoch int16's maximum is kept for the coordinator, to fence the producer before it. */
export function isEpochExhausted(producerEpoch: number): boolean {
  return producerEpoch >= int16Max - 1
}

export const noPartitions: TransactionPartitions = new Map()

export function hasPartition(
  partitions: TransactionPartitions,
  topic: string,
  partition: number,
): boolean {
  return partitions.get(topic)?.has(partition) === true
}

export function unionOf(
  left: TransactionPartitions,
  right: TransactionPartitions,
): TransactionPartitions {
  const union = new Map<string, ReadonlySet<number>>(left)
  for (const [topic, added] of right) {
    union.set(topic, new Set([...(left.get(topic) ?? []), ...added]))
  }
  return union
}

export function isSubset(part: TransactionPartitions, whole: TransactionPartitions): boolean {
  for (const [topic, partitions] of part) {
    for (const partition of partitions) if (!hasPartition(whole, topic, partition)) return false
  }
  return true
}
