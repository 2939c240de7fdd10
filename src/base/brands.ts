// Branded numbers and strings: what crosses modules and could be swapped by mistake.

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A record's place in its partition's log: 0 or more, exact to 2^53. Not a position in a file. */
export type Offset = Brand<number, 'Offset'>
/** int64 id of an idempotent or transactional producer. -1 where there is none. */
export type ProducerId = Brand<number, 'ProducerId'>
/** 22 characters of base64url without padding: a topic's UUID as Kafka prints it. */
export type TopicId = Brand<string, 'TopicId'>

/** @throws RangeError when `value` is no exact, non-negative integer. */
export function toOffset(value: number): Offset {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an offset: ${value}`)
  return value as Offset
}

/** "No offset" in an answer. */
export const noOffset = -1 as Offset

export const toProducerId = (value: number): ProducerId => value as ProducerId
export const toTopicId = (value: string): TopicId => value as TopicId

/** The all-zero UUID: "no id" on the wire. */
export const zeroTopicId = toTopicId('AAAAAAAAAAAAAAAAAAAAAA')
/** The id that every KRaft cluster gives to `__cluster_metadata`. */
export const metadataTopicId = toTopicId('AAAAAAAAAAAAAAAAAAAAAQ')
