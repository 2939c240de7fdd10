// What exists, as the records say: topics, partitions, configs, features, brokers. `apply` is the
// only writer, for new records and on replay alike. No bytes, no log, no clock.
import { assert, defined, unreachable } from '../base/assert.ts'
import { toTopicId } from '../base/brands.ts'
import type { TopicId } from '../base/brands.ts'
import { AclImage } from './acl-image.ts'
import { Credentials } from './credentials.ts'
import { QuotaImage } from './quota-image.ts'
import { configResourceTypes, sameLeader } from './records.ts'
import type { ConfigResource, MetadataRecord } from './records.ts'
import type { RegisterBrokerRecord } from '../../protocol/codecs/metadata-records.ts'
import { collisionKey, hasCollisionChars, isInternalTopic } from './topic-names.ts'

export interface PartitionImage {
  readonly partition: number
  /** Node id, -1 without one. */
  readonly leader: number
  readonly leaderEpoch: number
  /** Counts the changes of this partition's registration. */
  readonly partitionEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Directory ids beside `replicas` (KIP-858). */
  readonly directories: readonly string[]
  /** Of a reassignment that goes on. */
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** 1: the leader was elected uncleanly and has not recovered yet (KIP-704). */
  readonly leaderRecoveryState: number
  /** KIP-966; null or empty without any. */
  readonly eligibleLeaderReplicas: readonly number[] | null
  readonly lastKnownElr: readonly number[] | null
}

export interface TopicImage {
  readonly name: string
  readonly id: TopicId
  readonly isInternal: boolean
  /** Index = partition number. */
  readonly partitions: readonly PartitionImage[]
  /** The topic's own configs, Kafka's keys and values as they were set. */
  readonly configs: ReadonlyMap<string, string>
}

export interface BrokerRegistration {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly incarnationId: string
  readonly fenced: boolean
  readonly rack: string | null
  /** The registration as a record, with what changed since. */
  readonly record: RegisterBrokerRecord
}

interface MutableTopic extends TopicImage {
  readonly partitions: PartitionImage[]
}

/** In a PartitionChange: the recovery state stays. */
const sameRecoveryState = -1
const noConfigs: ReadonlyMap<string, string> = new Map()

/** The state that the metadata log adds up to. Look-ups are O(1). */
export class MetadataImage {
  /** Who may do what. */
  readonly acls = new AclImage()
  /** SCRAM credentials and delegation tokens. */
  readonly credentials = new Credentials()
  /** How much users, client ids and addresses may use. */
  readonly quotas = new QuotaImage()
  readonly #topics = new Map<string, MutableTopic>()
  readonly #topicsById = new Map<TopicId, MutableTopic>()
  /** Names with '.' or '_' by what they collide in. */
  readonly #collisions = new Map<string, Set<string>>()
  readonly #configs: Readonly<Record<ConfigResource, Map<string, Map<string, string>>>> = {
    topic: new Map(),
    broker: new Map(),
    clientMetrics: new Map(),
    group: new Map(),
  }
  readonly #features = new Map<string, number>()
  readonly #brokers = new Map<number, BrokerRegistration>()
  #nextProducerId = 0
  #partitionCount = 0

  topic(name: string): TopicImage | undefined {
    return this.#topics.get(name)
  }

  topicById(id: TopicId): TopicImage | undefined {
    return this.#topicsById.get(id)
  }

  /** In the order of creation. */
  topics(): IterableIterator<TopicImage> {
    return this.#topics.values()
  }

  get topicCount(): number {
    return this.#topics.size
  }

  get partitionCount(): number {
    return this.#partitionCount
  }

  /** A topic other than `name` whose name differs only in '.' and '_'; undefined without one. */
  collidingTopic(name: string): string | undefined {
    if (!hasCollisionChars(name)) return undefined
    for (const other of this.#collisions.get(collisionKey(name)) ?? []) {
      if (other !== name) return other
    }
    return undefined
  }

  /** The configs set on a resource. A broker's name is its id, '' the cluster-wide default. */
  configs(resource: ConfigResource, name: string): ReadonlyMap<string, string> {
    return this.#configs[resource].get(name) ?? noConfigs
  }

  /** Names of the resources of a kind that have configs. */
  configuredNames(resource: ConfigResource): string[] {
    return [...this.#configs[resource].keys()]
  }

  /** Finalized feature levels. */
  get features(): ReadonlyMap<string, number> {
    return this.#features
  }

  broker(brokerId: number): BrokerRegistration | undefined {
    return this.#brokers.get(brokerId)
  }

  brokers(): IterableIterator<BrokerRegistration> {
    return this.#brokers.values()
  }

  /** The first producer id that no block has given away. */
  get nextProducerId(): number {
    return this.#nextProducerId
  }

  /** Makes a record part of the image. `offset` is the record's place in the metadata log. */
  apply(record: MetadataRecord): void {
    switch (record.type) {
      case 'Topic':
        return this.#addTopic(record.data.name, toTopicId(record.data.topicId))
      case 'RemoveTopic':
        return this.#removeTopic(toTopicId(record.data.topicId))
      case 'Partition':
        return this.#setPartition(record.data)
      case 'PartitionChange':
        return this.#changePartition(record.data)
      case 'Config':
        return this.#setConfig(record.data)
      case 'FeatureLevel':
        if (record.data.featureLevel === 0) this.#features.delete(record.data.name)
        else this.#features.set(record.data.name, record.data.featureLevel)
        return
      case 'ProducerIds':
        assert(record.data.nextProducerId >= this.#nextProducerId, 'producer ids never go back')
        this.#nextProducerId = record.data.nextProducerId
        return
      case 'RegisterBroker':
        this.#brokers.set(record.data.brokerId, registrationOf(record.data))
        return
      case 'UnregisterBroker':
        this.#brokers.delete(record.data.brokerId)
        return
      case 'BrokerRegistrationChange':
        return this.#changeBroker(record.data)
      case 'AccessControlEntry':
        return this.acls.add(record.data)
      case 'RemoveAccessControlEntry':
        return this.acls.remove(record.data)
      case 'ClearElr':
        return this.#clearElr(record.data.topicName)
      case 'UserScramCredential':
      case 'RemoveUserScramCredential':
      case 'DelegationToken':
      case 'RemoveDelegationToken':
        return this.credentials.apply(record)
      case 'ClientQuota':
        return this.quotas.apply(record.data)
      case 'BeginTransaction':
      case 'EndTransaction':
      case 'AbortTransaction':
        return
      default:
        unreachable(record)
    }
  }

  #addTopic(name: string, id: TopicId): void {
    assert(!this.#topics.has(name), 'a topic is created once')
    assert(!this.#topicsById.has(id), 'a topic id is given once')
    const configs = this.#configsOf('topic', name)
    const topic = { name, id, isInternal: isInternalTopic(name), partitions: [], configs }
    this.#topics.set(name, topic)
    this.#topicsById.set(id, topic)
    if (!hasCollisionChars(name)) return
    const key = collisionKey(name)
    const names = this.#collisions.get(key)
    if (names === undefined) this.#collisions.set(key, new Set([name]))
    else names.add(name)
  }

  #removeTopic(id: TopicId): void {
    const topic = defined(this.#topicsById.get(id), 'a topic that is removed exists')
    assert(this.#partitionCount >= topic.partitions.length, 'partitions are counted')
    this.#partitionCount -= topic.partitions.length
    this.#topicsById.delete(id)
    this.#topics.delete(topic.name)
    this.#configs.topic.delete(topic.name)
    const key = collisionKey(topic.name)
    const names = this.#collisions.get(key)
    names?.delete(topic.name)
    if (names?.size === 0) this.#collisions.delete(key)
  }

  #setPartition(data: RecordData<'Partition'>): void {
    const topic = defined(this.#topicsById.get(toTopicId(data.topicId)), 'a partition has a topic')
    assert(data.partitionId <= topic.partitions.length, 'partitions are added in order')
    if (data.partitionId === topic.partitions.length) this.#partitionCount++
    assert(data.directories.length <= data.replicas.length, 'a replica has one directory')
    topic.partitions[data.partitionId] = {
      partition: data.partitionId,
      leader: data.leader,
      leaderEpoch: data.leaderEpoch,
      partitionEpoch: data.partitionEpoch,
      replicas: data.replicas,
      isr: data.isr,
      directories: data.directories,
      removingReplicas: data.removingReplicas,
      addingReplicas: data.addingReplicas,
      leaderRecoveryState: data.leaderRecoveryState,
      eligibleLeaderReplicas: data.eligibleLeaderReplicas,
      lastKnownElr: data.lastKnownElr,
    }
  }

  #changePartition(data: RecordData<'PartitionChange'>): void {
    const topic = defined(this.#topicsById.get(toTopicId(data.topicId)), 'a partition has a topic')
    const old = defined(topic.partitions[data.partitionId], 'a partition that changes exists')
    const isLed = data.leader !== sameLeader
    assert(data.leader >= sameLeader, 'a leader is a node, none, or the same')
    topic.partitions[data.partitionId] = {
      partition: old.partition,
      leader: isLed ? data.leader : old.leader,
      leaderEpoch: isLed ? old.leaderEpoch + 1 : old.leaderEpoch,
      partitionEpoch: old.partitionEpoch + 1,
      replicas: data.replicas ?? old.replicas,
      isr: data.isr ?? old.isr,
      directories: data.directories ?? old.directories,
      removingReplicas: data.removingReplicas ?? old.removingReplicas,
      addingReplicas: data.addingReplicas ?? old.addingReplicas,
      leaderRecoveryState:
        data.leaderRecoveryState === sameRecoveryState
          ? old.leaderRecoveryState
          : data.leaderRecoveryState,
      eligibleLeaderReplicas: data.eligibleLeaderReplicas ?? old.eligibleLeaderReplicas,
      lastKnownElr: data.lastKnownElr ?? old.lastKnownElr,
    }
  }

  #setConfig(data: RecordData<'Config'>): void {
    const resource = configResourceOf(data.resourceType)
    if (resource === undefined) return
    const configs = this.#configsOf(resource, data.resourceName)
    if (data.value === null) configs.delete(data.name)
    else configs.set(data.name, data.value)
    // A topic keeps its map for life: the image of the topic refers to it.
    if (configs.size === 0 && resource !== 'topic')
      this.#configs[resource].delete(data.resourceName)
  }

  #configsOf(resource: ConfigResource, name: string): Map<string, string> {
    const known = this.#configs[resource].get(name)
    if (known !== undefined) return known
    const configs = new Map<string, string>()
    this.#configs[resource].set(name, configs)
    return configs
  }

  #changeBroker(data: RecordData<'BrokerRegistrationChange'>): void {
    const broker = this.#brokers.get(data.brokerId)
    if (broker === undefined || broker.brokerEpoch !== data.brokerEpoch) return
    const { record } = broker
    const changed = {
      ...record,
      // 1 fences, -1 unfences, 0 says nothing.
      fenced: data.fenced === 0 ? record.fenced : data.fenced === 1,
      inControlledShutdown: record.inControlledShutdown || data.inControlledShutdown === 1,
      logDirs: data.logDirs.length === 0 ? record.logDirs : data.logDirs,
      cordonedLogDirs: data.cordonedLogDirs ?? record.cordonedLogDirs,
    }
    this.#brokers.set(data.brokerId, registrationOf(changed))
  }

  /** KIP-966: the replicas that may be elected are forgotten, of one topic or ('') of all. */
  #clearElr(topicName: string): void {
    for (const topic of this.#topics.values()) {
      if (topicName !== '' && topic.name !== topicName) continue
      for (const [index, partition] of topic.partitions.entries()) {
        const { eligibleLeaderReplicas, lastKnownElr } = partition
        const isClear = !eligibleLeaderReplicas?.length && !lastKnownElr?.length
        if (isClear) continue
        const partitionEpoch = partition.partitionEpoch + 1
        const cleared = { eligibleLeaderReplicas: null, lastKnownElr: null, partitionEpoch }
        topic.partitions[index] = { ...partition, ...cleared }
      }
    }
  }
}

function registrationOf(record: RegisterBrokerRecord): BrokerRegistration {
  const { brokerId, brokerEpoch, incarnationId, fenced, rack } = record
  assert(brokerId >= 0, 'a broker has an id')
  return { brokerId, brokerEpoch, incarnationId, fenced, rack, record }
}

type RecordData<T extends MetadataRecord['type']> = Extract<MetadataRecord, { type: T }>['data']

function configResourceOf(resourceType: number): ConfigResource | undefined {
  switch (resourceType) {
    case configResourceTypes.topic:
      return 'topic'
    case configResourceTypes.broker:
      return 'broker'
    case configResourceTypes.clientMetrics:
      return 'clientMetrics'
    case configResourceTypes.group:
      return 'group'
    default:
      return undefined
  }
}
