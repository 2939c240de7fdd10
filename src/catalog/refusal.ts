// Why an item of a request is not done: what the decisions on topics have in common. Pure.
import { errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'

/** Partitions that one user's request may make, as in Kafka: more take several requests. */
export const partitionsPerRequestMax = 10_000

/** Why an item of a request was not done. */
export interface Refusal {
  readonly error: ErrorName
  /** Null where Kafka says nothing either. */
  readonly message: string | null
}

export function refuse(error: ErrorName, message: string | null = errorText(error)): Refusal {
  return { error, message }
}

/**
 * Counts partitions that are about to be made or deleted against a quota (KIP-599); the refusal
 * when there is nothing left of it.
 */
export type ChargePartitions = (count: number) => Refusal | null

/** There is no quota. */
export const chargeNothing: ChargePartitions = () => null

export function tooManyPartitions(): Refusal {
  return refuse(
    'POLICY_VIOLATION',
    `More than ${partitionsPerRequestMax} partitions in one request: ask for them in several.`,
  )
}

/** The values that come more than once. */
export function duplicatesOf<T>(values: readonly T[]): ReadonlySet<T> {
  const seen = new Set<T>()
  const duplicates = new Set<T>()
  for (const value of values) {
    if (seen.has(value)) duplicates.add(value)
    seen.add(value)
  }
  return duplicates
}
