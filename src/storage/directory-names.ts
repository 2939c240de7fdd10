// Makes the names of partitions' directories durable by syncing the directories that they lie in. All
// names that are there when such a sync begins share it.
import { dirname } from 'node:path'
import type { Disk } from '../io/disk.ts'
import { Flusher } from '../log/flush.ts'
import type { NameSyncs } from '../log/log-surroundings.ts'

/** A directory that partitions' directories lie in. */
interface Parent {
  readonly flusher: Flusher
  /** Syncs that have begun. */
  begunCount: number
  /** The latest of them that succeeded, counted from 1. */
  latestDone: number
  running: Promise<void> | null
}

export class DirectoryNames implements NameSyncs {
  readonly #disk: Disk
  readonly #parents = new Map<string, Parent>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  mark(directory: string): number {
    return this.#parentOf(directory).begunCount
  }

  sync(directory: string, mark = this.mark(directory)): Promise<void> {
    const parent = this.#parentOf(directory)
    if (parent.latestDone > mark) return Promise.resolve()
    const hasBegunSince = parent.begunCount > mark
    return hasBegunSince && parent.running !== null ? parent.running : parent.flusher.flush()
  }

  #parentOf(directory: string): Parent {
    const path = dirname(directory)
    const known = this.#parents.get(path)
    if (known !== undefined) return known
    const flusher = new Flusher({ sync: () => this.#begin(path, parent) })
    const parent: Parent = { flusher, begunCount: 0, latestDone: 0, running: null }
    this.#parents.set(path, parent)
    return parent
  }

  async #begin(path: string, parent: Parent): Promise<void> {
    parent.begunCount += 1
    const count = parent.begunCount
    const running = this.#disk.syncDirectoryLater(path)
    parent.running = running
    try {
      await running
      parent.latestDone = count
    } finally {
      parent.running = null
    }
  }
}
