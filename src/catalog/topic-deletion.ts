// What DeleteTopics decides: from the image and a request to records and refusals. Pure;
// authorization comes in as predicates.
import { defined } from '../base/assert.ts'
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import type { TopicId } from '../base/brands.ts'
import type { TopicImage } from './image.ts'
import { removeTopicRecord } from './records.ts'
import type { MetadataRecord } from './records.ts'
import { chargeNothing, duplicatesOf, refuse } from './refusal.ts'
import type { ChargePartitions, Refusal } from './refusal.ts'
import type { TopicView } from './topic-control.ts'

/** A topic as DeleteTopics names it: by name, or by id with a null name. */
export interface TopicReference {
  readonly name: string | null
  readonly topicId: string
}

/** What DeleteTopics says of one reference. */
export interface DeleteOutcome {
  /** Null where only an unknown or hidden id was given. */
  readonly name: string | null
  readonly topicId: TopicId
  readonly refusal: Refusal | null
}

/** What the client may know and do. */
export interface DeleteRights {
  mayDescribe(name: string): boolean
  mayDelete(name: string): boolean
}

/** Decides on DeleteTopics. Names and ids that are given twice are refused once. */
export function planDeleteTopics(
  view: TopicView,
  references: readonly TopicReference[],
  rights: DeleteRights,
  charge: ChargePartitions = chargeNothing,
): { readonly records: readonly MetadataRecord[]; readonly outcomes: readonly DeleteOutcome[] } {
  const names = references.filter(isByName).map((reference) => reference.name)
  const ids = references.filter(isById).map((reference) => toTopicId(reference.topicId))
  const outcomes = references.filter((one) => !isByName(one) && !isById(one)).map(refuseReference)
  const deletions = new Map<TopicId, DeleteOutcome>()
  const duplicateIds = duplicatesOf(ids)
  for (const id of new Set(ids)) {
    const refusal = duplicateIds.has(id)
      ? { name: null, topicId: id, refusal: refuse('INVALID_REQUEST', 'Duplicate topic id.') }
      : refusalById(view.topicById(id), id, rights)
    if (refusal !== null) outcomes.push(refusal)
    else deletions.set(id, { name: view.topicById(id)?.name ?? null, topicId: id, refusal: null })
  }
  const duplicateNames = duplicatesOf(names)
  for (const name of new Set(names)) {
    const topic = view.topic(name)
    const refusal = duplicateNames.has(name)
      ? refuse('INVALID_REQUEST', 'Duplicate topic name.')
      : refusalByName(topic, name, rights)
    if (topic === undefined || refusal !== null) {
      outcomes.push({ name, topicId: zeroTopicId, refusal })
    } else if (duplicateIds.has(topic.id) || deletions.delete(topic.id)) {
      const message = 'The provided topic name maps to an ID that was already supplied.'
      outcomes.push({ name, topicId: topic.id, refusal: refuse('INVALID_REQUEST', message) })
    } else {
      deletions.set(topic.id, { name, topicId: topic.id, refusal: null })
    }
  }
  const records: MetadataRecord[] = []
  for (const [id, deletion] of deletions) {
    const topic = defined(view.topicById(id), 'only a topic that exists is deleted')
    const refusal = charge(topic.partitions.length)
    outcomes.push({ ...deletion, refusal })
    if (refusal === null) records.push(removeTopicRecord(id))
  }
  return { records, outcomes }
}

function isByName(reference: TopicReference): reference is TopicReference & { name: string } {
  return reference.name !== null && reference.topicId === zeroTopicId
}

function isById(reference: TopicReference): boolean {
  return reference.name === null && reference.topicId !== zeroTopicId
}

function refuseReference({ name, topicId }: TopicReference): DeleteOutcome {
  const message =
    name === null
      ? 'Neither topic name nor id were specified.'
      : 'You may not specify both topic name and topic id.'
  return { name, topicId: toTopicId(topicId), refusal: refuse('INVALID_REQUEST', message) }
}

function refusalById(
  topic: TopicImage | undefined,
  topicId: TopicId,
  rights: DeleteRights,
): DeleteOutcome | null {
  if (topic === undefined) {
    return { name: null, topicId, refusal: refuse('UNKNOWN_TOPIC_ID') }
  }
  if (rights.mayDelete(topic.name)) return null
  const name = rights.mayDescribe(topic.name) ? topic.name : null
  return { name, topicId, refusal: refuse('TOPIC_AUTHORIZATION_FAILED') }
}

function refusalByName(
  topic: TopicImage | undefined,
  name: string,
  rights: DeleteRights,
): Refusal | null {
  if (!rights.mayDescribe(name)) return refuse('TOPIC_AUTHORIZATION_FAILED')
  if (topic === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION')
  return rights.mayDelete(name) ? null : refuse('TOPIC_AUTHORIZATION_FAILED')
}
