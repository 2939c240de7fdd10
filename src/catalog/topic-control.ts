// What CreateTopics, CreatePartitions and DeleteTopics decide: from the image and a request to records
// and refusals, as Kafka's controller decides. Pure; authorization comes in as predicates.
import { assert } from '../base/assert.ts'
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import type { TopicId } from '../base/brands.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { validateTopicConfigs } from '../config/topic-config.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { errorText } from '../../protocol/errors.ts'
import type { TopicImage } from './image.ts'
import { configRecord, newPartitionRecord, removeTopicRecord, topicRecord } from './records.ts'
import type { MetadataRecord } from './records.ts'
import { clusterMetadataTopic, topicNameProblem } from './topic-names.ts'

/** Records that one user's request may write, as in Kafka: more partitions take several requests. */
export const partitionsPerRequestMax = 10_000

/** Why an item of a request was not done. */
export interface Refusal {
  readonly error: ErrorName
  /** Null where Kafka says nothing either. */
  readonly message: string | null
}

/** What decisions look up. */
export interface TopicView {
  topic(name: string): TopicImage | undefined
  topicById(id: TopicId): TopicImage | undefined
  collidingTopic(name: string): string | undefined
}

/** The node that replicas go to, and the settings that requests leave open. */
export interface Placement {
  readonly nodeId: number
  readonly directory: string
  readonly broker: BrokerConfig
  newTopicId(): TopicId
}

/** A topic as CreateTopics asks for it. */
export interface NewTopic {
  readonly name: string
  /** -1: the broker's default, or given by `assignments`. */
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments: readonly ReplicaAssignment[]
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

export interface ReplicaAssignment {
  readonly partitionIndex: number
  readonly brokerIds: readonly number[]
}

export interface CreatedTopic {
  readonly name: string
  readonly topicId: TopicId
  readonly partitionCount: number
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

export type Outcome<T> = { readonly name: string; readonly refusal: Refusal } | T

/** The records of all topics that can be made, and an outcome for every name once, in the request's order. */
export interface CreateTopicsPlan {
  readonly records: readonly MetadataRecord[]
  readonly outcomes: readonly Outcome<CreatedTopic>[]
}

/** Decides on CreateTopics; a topic that is refused does not hold up the others. */
export function planCreateTopics(
  view: TopicView,
  topics: readonly NewTopic[],
  placement: Placement,
  mayCreate: (name: string) => boolean = () => true,
): CreateTopicsPlan {
  const duplicates = duplicatesOf(topics.map((topic) => topic.name))
  const tooMany = partitionsAskedFor(topics, placement.broker) > partitionsPerRequestMax
  const records: MetadataRecord[] = []
  const outcomes = new Map<string, Outcome<CreatedTopic>>()
  for (const topic of topics) {
    if (outcomes.has(topic.name)) continue
    const refusal = duplicates.has(topic.name)
      ? refuse('INVALID_REQUEST', 'Duplicate topic name.')
      : tooMany
        ? tooManyPartitions()
        : refusalOfNewTopic(view, topic, { placement, mayCreate })
    if (refusal === null) outcomes.set(topic.name, create(topic, placement, records))
    else outcomes.set(topic.name, { name: topic.name, refusal })
  }
  return { records, outcomes: [...outcomes.values()] }
}

function refusalOfNewTopic(
  view: TopicView,
  topic: NewTopic,
  rules: { placement: Placement; mayCreate: (name: string) => boolean },
): Refusal | null {
  const { placement, mayCreate } = rules
  const { name } = topic
  if (name === clusterMetadataTopic) {
    return refuse('INVALID_REQUEST', `Creation of internal topic ${name} is prohibited.`)
  }
  if (!mayCreate(name)) return refuse('TOPIC_AUTHORIZATION_FAILED', 'Authorization failed.')
  if (view.topic(name) !== undefined) {
    return refuse('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
  }
  return (
    nameRefusal(view, name) ??
    configRefusal(topic, placement.broker) ??
    (topic.assignments.length > 0
      ? refusalOfAssignments(topic, placement.nodeId)
      : refusalOfCounts(topic))
  )
}

function nameRefusal(view: TopicView, name: string): Refusal | null {
  const problem = topicNameProblem(name)
  if (problem !== null) return refuse('INVALID_TOPIC_EXCEPTION', problem)
  const other = view.collidingTopic(name)
  if (other === undefined) return null
  return refuse(
    'INVALID_TOPIC_EXCEPTION',
    `Topic '${name}' collides with existing topic '${other}': '.' and '_' count as the same character`,
  )
}

function configRefusal(topic: NewTopic, broker: BrokerConfig): Refusal | null {
  const nulls = topic.configs.filter((config) => config.value === null)
  if (nulls.length > 0) {
    const names = nulls.map((config) => config.name).join(',')
    return refuse('INVALID_CONFIG', `Null value not supported for topic configs: ${names}`)
  }
  const configs = new Map(topic.configs.map(({ name, value }) => [name, value]))
  const problem = validateTopicConfigs(configs, broker)
  return problem === null ? null : refuse('INVALID_CONFIG', problem.message)
}

function refusalOfCounts({ replicationFactor, numPartitions }: NewTopic): Refusal | null {
  if (replicationFactor < -1 || replicationFactor === 0) {
    return refuse(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  }
  if (numPartitions < -1 || numPartitions === 0) {
    return refuse(
      'INVALID_PARTITIONS',
      'Number of partitions must be larger than 0, or -1 to use the default value.',
    )
  }
  if (replicationFactor > 1) {
    return refuse(
      'INVALID_REPLICATION_FACTOR',
      `Unable to replicate the partition ${replicationFactor} time(s): this cluster has 1 broker. ` +
        'Use replication factor 1, or -1 for the default.',
    )
  }
  return null
}

function refusalOfAssignments(topic: NewTopic, nodeId: number): Refusal | null {
  if (topic.replicationFactor !== -1) {
    return refuse(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    )
  }
  if (topic.numPartitions !== -1) {
    return refuse(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    )
  }
  const seen = new Set<number>()
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (seen.has(partitionIndex)) {
      return refuse(
        'INVALID_REPLICA_ASSIGNMENT',
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      )
    }
    seen.add(partitionIndex)
    const refusal = refusalOfReplicas(brokerIds, nodeId)
    if (refusal !== null) return refusal
  }
  for (let partition = 0; partition < seen.size; partition++) {
    if (!seen.has(partition)) {
      return refuse(
        'INVALID_REPLICA_ASSIGNMENT',
        'partitions should be a consecutive 0-based integer sequence',
      )
    }
  }
  return null
}

/** With one broker there is one legal list of replicas. */
function refusalOfReplicas(brokerIds: readonly number[], nodeId: number): Refusal | null {
  const unknown = brokerIds.find((brokerId) => brokerId !== nodeId)
  if (brokerIds.length === 0) {
    return refuse(
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes an empty replica list.',
    )
  }
  if (unknown !== undefined) {
    return refuse(
      'INVALID_REPLICA_ASSIGNMENT',
      `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`,
    )
  }
  if (brokerIds.length > 1) {
    return refuse(
      'INVALID_REPLICA_ASSIGNMENT',
      `The manual partition assignment includes the broker ${nodeId} more than once.`,
    )
  }
  return null
}

function create(topic: NewTopic, placement: Placement, records: MetadataRecord[]): CreatedTopic {
  const topicId = placement.newTopicId()
  assert(topicId !== zeroTopicId, 'a topic id is not zero')
  const configs = new Map<string, string>()
  for (const { name, value } of topic.configs) if (value !== null) configs.set(name, value)
  const partitionCount = partitionCountOf(topic, placement.broker)
  assert(partitionCount > 0, 'a topic has partitions')
  records.push(topicRecord(topic.name, topicId))
  for (const [name, value] of configs) {
    records.push(configRecord('topic', topic.name, { name, value }))
  }
  addPartitions(topicId, { from: 0, to: partitionCount }, placement, records)
  return { name: topic.name, topicId, partitionCount, replicationFactor: 1, configs }
}

function addPartitions(
  topicId: TopicId,
  range: { from: number; to: number },
  placement: Placement,
  records: MetadataRecord[],
): void {
  const { nodeId, directory } = placement
  for (let partition = range.from; partition < range.to; partition++) {
    records.push(newPartitionRecord(topicId, partition, { replicas: [nodeId], directory }))
  }
}

function partitionCountOf(topic: NewTopic, broker: BrokerConfig): number {
  if (topic.assignments.length > 0) return topic.assignments.length
  return topic.numPartitions === -1 ? broker.numPartitions : topic.numPartitions
}

function partitionsAskedFor(topics: readonly NewTopic[], broker: BrokerConfig): number {
  return topics.reduce((sum, topic) => sum + Math.max(0, partitionCountOf(topic, broker)), 0)
}

/** A topic as CreatePartitions asks for it. */
export interface GrownTopic {
  readonly name: string
  /** Partitions in all. */
  readonly count: number
  /** Replicas of the new partitions in order; null: wherever. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null
}

/** A name, and why nothing was done; null: done. */
export interface TopicOutcome {
  readonly name: string
  readonly refusal: Refusal | null
}

/** Decides on CreatePartitions. */
export function planCreatePartitions(
  view: TopicView,
  topics: readonly GrownTopic[],
  placement: Placement,
): { readonly records: readonly MetadataRecord[]; readonly outcomes: readonly TopicOutcome[] } {
  const duplicates = duplicatesOf(topics.map((topic) => topic.name))
  const records: MetadataRecord[] = []
  const outcomes = new Map<string, TopicOutcome>()
  for (const grown of topics) {
    if (outcomes.has(grown.name)) continue
    const topic = view.topic(grown.name)
    const refusal = duplicates.has(grown.name)
      ? refuse('INVALID_REQUEST', 'Duplicate topic name.')
      : refusalToGrow(topic, grown, { nodeId: placement.nodeId, planned: records.length })
    outcomes.set(grown.name, { name: grown.name, refusal })
    if (refusal === null && topic !== undefined) {
      const range = { from: topic.partitions.length, to: grown.count }
      addPartitions(topic.id, range, placement, records)
    }
  }
  return { records, outcomes: [...outcomes.values()] }
}

function refusalToGrow(
  topic: TopicImage | undefined,
  grown: GrownTopic,
  state: { nodeId: number; planned: number },
): Refusal | null {
  if (topic === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION', null)
  const current = topic.partitions.length
  if (grown.count === current) {
    return refuse('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`)
  }
  if (grown.count < current) {
    return refuse(
      'INVALID_PARTITIONS',
      `The topic ${topic.name} currently has ${current} partition(s); ` +
        `${grown.count} would not be an increase.`,
    )
  }
  const added = grown.count - current
  if (grown.assignments !== null && grown.assignments.length !== added) {
    return refuse(
      'INVALID_REPLICA_ASSIGNMENT',
      `Attempted to add ${added} additional partition(s), ` +
        `but only ${grown.assignments.length} assignment(s) were specified.`,
    )
  }
  if (state.planned + added > partitionsPerRequestMax) return tooManyPartitions()
  for (const { brokerIds } of grown.assignments ?? []) {
    const refusal = refusalOfReplicas(brokerIds, state.nodeId)
    if (refusal !== null) return refusal
  }
  return null
}

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
  const records = [...deletions.keys()].map(removeTopicRecord)
  return { records, outcomes: [...outcomes, ...deletions.values()] }
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

function refuse(error: ErrorName, message: string | null = errorText(error)): Refusal {
  return { error, message }
}

function tooManyPartitions(): Refusal {
  return refuse(
    'POLICY_VIOLATION',
    `More than ${partitionsPerRequestMax} partitions in one request: ask for them in several.`,
  )
}

function duplicatesOf<T>(values: readonly T[]): ReadonlySet<T> {
  const seen = new Set<T>()
  const duplicates = new Set<T>()
  for (const value of values) {
    if (seen.has(value)) duplicates.add(value)
    seen.add(value)
  }
  return duplicates
}
