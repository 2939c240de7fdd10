// In which log directory each replica of this node lies, as the metadata says it (KIP-858): storage tells
// where it has put partitions, and what differs from the records is written soon, many in one change.
import { assert } from '../base/assert.ts'
import type { TopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Catalog } from './catalog.ts'
import type { MetadataImage } from './image.ts'
import { directoriesRecord, unassignedDirectory } from './records.ts'
import type { MetadataRecord } from './records.ts'

/** A replica of this node, and the directory.id (meta.properties) of where it lies. */
export interface ReplicaPlace {
  readonly topicId: TopicId
  readonly partition: number
  readonly directoryId: string
}

/** The records that make the metadata say what is. Partitions that are gone have none. Pure. */
export function planDirectories(
  image: Pick<MetadataImage, 'topicById'>,
  nodeId: number,
  places: Iterable<ReplicaPlace>,
): MetadataRecord[] {
  const records: MetadataRecord[] = []
  for (const { topicId, partition, directoryId } of places) {
    const known = image.topicById(topicId)?.partitions[partition]
    const own = known?.replicas.indexOf(nodeId) ?? -1
    if (known === undefined || own === -1 || known.directories[own] === directoryId) continue
    const directories = known.replicas.map((_, at) => known.directories[at] ?? unassignedDirectory)
    directories[own] = directoryId
    assert(directories.length === known.replicas.length, 'a replica has one directory')
    records.push(directoriesRecord(topicId, partition, directories))
  }
  return records
}

interface FollowedCatalog {
  readonly catalog: Catalog
  readonly clock: Clock
  readonly logger: Logger
  readonly onBug: (error: unknown) => void
}

export class ReplicaDirectories {
  /** What is not compared with the metadata yet; the newest place of each replica. */
  #places = new Map<string, ReplicaPlace>()
  #followed: FollowedCatalog | null = null
  #isDue = false

  /** To be called wherever a replica lies somewhere new. Written once there is a catalog. */
  note(place: ReplicaPlace): void {
    assert(place.partition >= 0, 'a replica is of a partition')
    this.#places.set(`${place.topicId} ${place.partition}`, place)
    this.#writeSoon()
  }

  /** From now on the catalog follows; first it takes up what was noted before. */
  follow(followed: FollowedCatalog): void {
    this.#followed = followed
    this.#writeSoon()
  }

  /** Nothing is written any more; the next start compares again. */
  close(): void {
    this.#followed = null
  }

  #writeSoon(): void {
    if (this.#followed === null || this.#isDue || this.#places.size === 0) return
    this.#isDue = true
    this.#followed.clock.after(0, () => {
      this.#isDue = false
      this.#write()
    })
  }

  #write(): void {
    if (this.#followed === null) return
    const { catalog, logger, onBug } = this.#followed
    const places = this.#places
    this.#places = new Map()
    const failed = (error: unknown): void => {
      if (!(error instanceof KafkaError)) return onBug(error)
      // The next start compares again.
      logger.warn({ reason: error.message }, 'log directories of replicas not recorded')
    }
    try {
      const written = catalog.change((image) => {
        const records = planDirectories(image, catalog.nodeId, places.values())
        return { records, answer: undefined }
      })
      chain(written, () => undefined)?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
