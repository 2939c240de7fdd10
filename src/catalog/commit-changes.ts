// What one commit changed, in terms that storage and coordinators act on. Gathered record by
// record, told once per topic after all records are applied.
import { toTopicId } from '../base/brands.ts'
import type { TopicId } from '../base/brands.ts'
import type { MetadataImage, TopicImage } from './image.ts'
import type { Acl } from './acl.ts'
import { configResourceTypes } from './records.ts'
import type { MetadataRecord } from './records.ts'

/**
 * Called synchronously after a commit is written and applied. What a listener throws reaches the
 * one who committed.
 */
export interface CatalogListener {
  topicCreated?(topic: TopicImage): void
  /** Partitions from `firstPartition` on are new. */
  partitionsAdded?(topic: TopicImage, firstPartition: number): void
  /** The topic as it last was. */
  topicDeleted?(topic: TopicImage): void
  topicConfigChanged?(topic: TopicImage): void
  /** `brokerName` is a node id, or '' for the cluster-wide default. */
  brokerConfigChanged?(brokerName: string): void
  groupConfigChanged?(groupId: string): void
  /** Some subscription to metrics of clients is another; told once. */
  clientMetricsChanged?(): void
  /** Some client quota is another; told once. */
  quotasChanged?(): void
  aclAdded?(acl: Acl): void
  aclRemoved?(acl: Acl): void
}

export class CommitChanges {
  readonly #created = new Set<TopicId>()
  readonly #deleted = new Map<TopicId, TopicImage>()
  /** The first new partition of topics that were there before. */
  readonly #grown = new Map<TopicId, number>()
  readonly #configured = new Set<string>()
  readonly #brokers = new Set<string>()
  readonly #groups = new Set<string>()
  #quotasChanged = false
  #clientMetricsChanged = false
  readonly #aclsAdded: Acl[] = []
  readonly #aclsRemoved: Acl[] = []

  /** Notes what `record` is about to change in `image`. */
  before(record: MetadataRecord, image: MetadataImage): void {
    switch (record.type) {
      case 'Topic':
        this.#created.add(toTopicId(record.data.topicId))
        return
      case 'RemoveTopic':
        return this.#beforeRemoval(toTopicId(record.data.topicId), image)
      case 'Partition':
        return this.#beforePartition(toTopicId(record.data.topicId), record.data.partitionId, image)
      case 'Config':
        return this.#beforeConfig(record.data.resourceType, record.data.resourceName)
      case 'ClientQuota':
        this.#quotasChanged = true
        return
      case 'AccessControlEntry':
        this.#aclsAdded.push(record.data)
        return
      case 'RemoveAccessControlEntry': {
        const acl = image.acls.byId(record.data.id)
        if (acl !== undefined) this.#aclsRemoved.push(acl)
        return
      }
      default:
    }
  }

  tell(listeners: Iterable<CatalogListener>, image: MetadataImage): void {
    for (const listener of listeners) this.#tellOne(listener, image)
  }

  #tellOne(listener: CatalogListener, image: MetadataImage): void {
    for (const topic of this.#deleted.values()) listener.topicDeleted?.(topic)
    for (const id of this.#created) {
      const topic = image.topicById(id)
      if (topic !== undefined) listener.topicCreated?.(topic)
    }
    for (const [id, firstPartition] of this.#grown) {
      const topic = image.topicById(id)
      if (topic !== undefined) listener.partitionsAdded?.(topic, firstPartition)
    }
    for (const name of this.#configured) {
      const topic = image.topic(name)
      if (topic !== undefined && !this.#created.has(topic.id)) listener.topicConfigChanged?.(topic)
    }
    for (const name of this.#brokers) listener.brokerConfigChanged?.(name)
    if (this.#quotasChanged) listener.quotasChanged?.()
    if (this.#clientMetricsChanged) listener.clientMetricsChanged?.()
    for (const acl of this.#aclsRemoved) listener.aclRemoved?.(acl)
    for (const acl of this.#aclsAdded) listener.aclAdded?.(acl)
    for (const name of this.#groups) listener.groupConfigChanged?.(name)
  }

  #beforeRemoval(id: TopicId, image: MetadataImage): void {
    const topic = image.topicById(id)
    if (topic === undefined || this.#created.has(id)) return
    this.#deleted.set(id, topic)
  }

  #beforePartition(id: TopicId, partition: number, image: MetadataImage): void {
    const topic = image.topicById(id)
    if (topic === undefined || this.#created.has(id) || this.#grown.has(id)) return
    if (partition === topic.partitions.length) this.#grown.set(id, partition)
  }

  #beforeConfig(resourceType: number, resourceName: string): void {
    if (resourceType === configResourceTypes.topic) this.#configured.add(resourceName)
    else if (resourceType === configResourceTypes.broker) this.#brokers.add(resourceName)
    else if (resourceType === configResourceTypes.group) this.#groups.add(resourceName)
    else if (resourceType === configResourceTypes.clientMetrics) this.#clientMetricsChanged = true
  }
}
