// What CreateTopics decides: from the image and a request to records and refusals, as Kafka's
// controller decides. Pure; authorization comes in as a predicate.
import { assert } from '../base/assert.ts'
import { zeroTopicId } from '../base/brands.ts'
import type { TopicId } from '../base/brands.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { validateTopicConfigs } from '../config/topic-config.ts'
import type { TopicImage } from './image.ts'
import { configRecord, newPartitionRecord, topicRecord } from './records.ts'
import type { MetadataRecord } from './records.ts'
import {
  chargeNothing,
  duplicatesOf,
  partitionsPerRequestMax,
  refuse,
  tooManyPartitions,
} from './refusal.ts'
import type { ChargePartitions, Refusal } from './refusal.ts'
import { clusterMetadataTopic, topicNameProblem } from './topic-names.ts'

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

/**
 * The records of all topics that can be made, and an outcome for every name once, in the request's
 * order.
 */
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
  charge: ChargePartitions = chargeNothing,
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
        : (refusalOfNewTopic(view, topic, { placement, mayCreate }) ??
          charge(partitionCountOf(topic, placement.broker)))
    if (refusal === null) outcomes.set(topic.name, create(topic, placement, records))
    else outcomes.set(topic.name, { name: topic.name, refusal })
  }
  assert(outcomes.size <= topics.length, 'every name has one outcome')
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
    `Topic '${name}' collides with existing topic '${other}': ` +
      `'.' and '_' count as the same character`,
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
export function refusalOfReplicas(brokerIds: readonly number[], nodeId: number): Refusal | null {
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

/** The records of partitions `from` up to and without `to`. */
export function addPartitions(
  topicId: TopicId,
  range: { from: number; to: number },
  placement: Placement,
  records: MetadataRecord[],
): void {
  const { nodeId, directory } = placement
  assert(range.from < range.to, 'partitions are added, never taken away')
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
