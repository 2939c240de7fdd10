// The cluster's metadata as the rest of the broker sees it: look-ups on the image, changes through
// the journal. A change is decided on the newest image, written, applied, then told to
// subscribers; one at a time. Knows neither topics' logs nor groups: they subscribe.
import { assert } from '../base/assert.ts'
import type { TopicId } from '../base/brands.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { AclImage } from './acl-image.ts'
import { CommitChanges } from './commit-changes.ts'
import type { CatalogListener } from './commit-changes.ts'
import { MetadataImage } from './image.ts'
import type { BrokerRegistration, TopicImage } from './image.ts'
import { unassignedDirectory } from './records.ts'
import type { ConfigResource, MetadataRecord } from './records.ts'

/**
 * The records are in the log, where the next start will find them, but could not be forced to the
 * device: they count, and who asked for them must not rely on it.
 */
export class NotSynced extends KafkaError {}

/** Where changes are written before they count. */
export interface CatalogJournal {
  /** Offset of the last record in the log; -1 when it is empty. */
  readonly lastOffset: number
  /**
   * Writes all of `records` or none. @throws KafkaError KAFKA_STORAGE_ERROR: the disk refuses, and
   * none is written; but see NotSynced.
   */
  append(records: readonly MetadataRecord[]): MaybePromise<void>
  /** Level of kraft.version that the log declares; 0 without one. */
  readonly kraftVersion?: number
  /** Called when `image` holds all that was appended. */
  snapshotIfDue?(image: MetadataImage): void
  /** Resolves when nothing is being written in the background. */
  settled?(): Promise<void>
}

/** What a decision gives: the records to write and what to answer once they are written. */
export interface Decision<T> {
  readonly records: readonly MetadataRecord[]
  readonly answer: T
}

export interface CatalogIdentity {
  /** 22 characters of base64url, from meta.properties. */
  readonly clusterId: string
  readonly nodeId: number
  /** directory.id of every log directory (meta.properties), the metadata log's own first. */
  readonly directoryIds: readonly string[]
}

export class Catalog {
  readonly clusterId: string
  readonly nodeId: number
  /**
   * Where new replicas are said to be (KIP-858): the only directory, or unassigned among several.
   */
  readonly newReplicaDirectory: string
  /** Where the metadata log is; null in tests without directories. */
  readonly metadataDirectory: string | null
  readonly #image: MetadataImage
  readonly #journal: CatalogJournal
  readonly #listeners = new Set<CatalogListener>()
  /** The change that is being written, and those that wait behind it. */
  #tail: Promise<unknown> | null = null
  #isClosed = false

  constructor(identity: CatalogIdentity, journal: CatalogJournal, image = new MetadataImage()) {
    this.clusterId = identity.clusterId
    this.nodeId = identity.nodeId
    const [directory, ...others] = identity.directoryIds
    this.newReplicaDirectory =
      directory === undefined || others.length > 0 ? unassignedDirectory : directory
    this.metadataDirectory = directory ?? null
    this.#journal = journal
    this.#image = image
  }

  /** The newest state, read-only by agreement: `apply` is the catalog's alone. */
  get image(): MetadataImage {
    return this.#image
  }

  /** O(1). The object lives as long as the topic and shows later changes too. */
  topic(name: string): TopicImage | undefined {
    return this.#image.topic(name)
  }

  /** O(1). */
  topicById(id: TopicId): TopicImage | undefined {
    return this.#image.topicById(id)
  }

  /** All topics in the order of creation. */
  topics(): IterableIterator<TopicImage> {
    return this.#image.topics()
  }

  get topicCount(): number {
    return this.#image.topicCount
  }

  get partitionCount(): number {
    return this.#image.partitionCount
  }

  /** Configs set on a resource; a broker's name is its id, '' the cluster-wide default. */
  configs(resource: ConfigResource, name: string): ReadonlyMap<string, string> {
    return this.#image.configs(resource, name)
  }

  /** Finalized feature levels by name. */
  get features(): ReadonlyMap<string, number> {
    return this.#image.features
  }

  /** Level of kraft.version, which no FeatureLevelRecord declares; 0 without one. */
  get kraftVersion(): number {
    return this.#journal.kraftVersion ?? 0
  }

  /** Offset of the last metadata record: the epoch of the finalized features. */
  get lastOffset(): number {
    return this.#journal.lastOffset
  }

  /** This node's registration; undefined before `open` has written it. */
  get registration(): BrokerRegistration | undefined {
    return this.#image.broker(this.nodeId)
  }

  /** Access rules. */
  get acls(): AclImage {
    return this.#image.acls
  }

  get nextProducerId(): number {
    return this.#image.nextProducerId
  }

  /** Calls the listener after every commit that concerns it. The returned function ends that. */
  subscribe(listener: CatalogListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Writes the records as one: all or none, then applies them and tells subscribers. */
  commit(records: readonly MetadataRecord[]): MaybePromise<void> {
    return this.change(() => ({ records, answer: undefined }))
  }

  /**
   * Decides on the newest image and commits what was decided. `decide` must be pure: it may run
   * later, when a change before it is still being written.
   * @throws KafkaError NOT_CONTROLLER once the catalog is closed
   */
  change<T>(decide: (image: MetadataImage) => Decision<T>): MaybePromise<T> {
    if (this.#isClosed) throw new KafkaError('NOT_CONTROLLER', 'the broker is stopping')
    if (this.#tail === null) return this.#start(decide)
    return this.#queue(this.#tail.then(() => this.#decideAndCommit(decide)))
  }

  /** Takes no more changes; resolves when those that it took are written and told. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#tail !== null) await this.#tail
    await this.#journal.settled?.()
  }

  #start<T>(decide: (image: MetadataImage) => Decision<T>): MaybePromise<T> {
    const result = this.#decideAndCommit(decide)
    return isPromise(result) ? this.#queue(result) : result
  }

  #queue<T>(result: Promise<T>): Promise<T> {
    // The tail never rejects: a change that failed does not fail those behind it.
    const leave = (): void => {
      if (this.#tail === tail) this.#tail = null
    }
    const tail: Promise<void> = result.then(leave, leave)
    this.#tail = tail
    return result
  }

  #decideAndCommit<T>(decide: (image: MetadataImage) => Decision<T>): MaybePromise<T> {
    const { records, answer } = decide(this.#image)
    if (records.length === 0) return answer
    const written = this.#journal.append(records)
    if (!isPromise(written)) {
      this.#apply(records)
      return answer
    }
    return written.then(
      () => {
        this.#apply(records)
        return answer
      },
      (error: unknown) => {
        if (error instanceof NotSynced) this.#apply(records)
        throw error
      },
    )
  }

  #apply(records: readonly MetadataRecord[]): void {
    assert(records.length > 0, 'a commit has records')
    const changes = new CommitChanges()
    for (const record of records) {
      changes.before(record, this.#image)
      this.#image.apply(record)
    }
    this.#journal.snapshotIfDue?.(this.#image)
    changes.tell(this.#listeners, this.#image)
  }
}
