// Branded numbers and strings: what crosses modules and could be swapped by mistake.

declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A record's place in its partition's log: 0 or more, exact to 2^53. Not a position in a file. */
export type Offset = Brand<number, 'Offset'>
/** KIP-101: which leadership wrote a batch. -1 where unknown. */
export type LeaderEpoch = Brand<number, 'LeaderEpoch'>
/** int64 id of an idempotent or transactional producer. -1 where there is none. */
export type ProducerId = Brand<number, 'ProducerId'>
/** int16 fencing epoch of a producer id. -1 where there is none. */
export type ProducerEpoch = Brand<number, 'ProducerEpoch'>
/** 22 characters of base64url without padding: a topic's UUID as Kafka prints it. */
export type TopicId = Brand<string, 'TopicId'>
/** A group member's id, made by the coordinator or (KIP-848) by the client. */
export type MemberId = Brand<string, 'MemberId'>

/** @throws RangeError when `value` is no exact, non-negative integer. */
export function toOffset(value: number): Offset {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an offset: ${value}`)
  return value as Offset
}

/** "No offset" in an answer. */
export const noOffset = -1 as Offset

export const toLeaderEpoch = (value: number): LeaderEpoch => value as LeaderEpoch
export const toProducerId = (value: number): ProducerId => value as ProducerId
export const toProducerEpoch = (value: number): ProducerEpoch => value as ProducerEpoch
export const toTopicId = (value: string): TopicId => value as TopicId
export const toMemberId = (value: string): MemberId => value as MemberId

/** The all-zero UUID: "no id" on the wire. */
export const zeroTopicId = toTopicId('AAAAAAAAAAAAAAAAAAAAAA')
/** The id that every KRaft cluster gives to `__cluster_metadata`. */
export const metadataTopicId = toTopicId('AAAAAAAAAAAAAAAAAAAAAQ')
