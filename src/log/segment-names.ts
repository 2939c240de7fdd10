// The files of one segment by name: in place, under a temporary name while compaction makes them,
// and on their way out. Opens nothing.
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import type { Disk } from '../io/disk.ts'
import type { SegmentSuffix } from './segment-files.ts'
import { deletedSuffix, segmentFileName, segmentSuffix } from './segment-files.ts'

const suffixes = Object.values(segmentSuffix)
// The snapshot at a segment's base offset is the producers' as of the segment before.
const ownSuffixes = suffixes.filter((suffix) => suffix !== segmentSuffix.producerSnapshot)

interface TemporaryNames {
  readonly suffix: string
  /** The files that have it; the others are in place. */
  readonly files: ReadonlySet<SegmentSuffix>
}

export class SegmentNames {
  readonly #disk: Disk
  #directory: string
  readonly #baseOffset: number
  /** Null when all files are in place. */
  #temporary: TemporaryNames | null

  constructor(
    disk: Disk,
    at: {
      readonly directory: string
      readonly baseOffset: number
      readonly temporarySuffix?: string
    },
  ) {
    this.#disk = disk
    this.#directory = at.directory
    this.#baseOffset = at.baseOffset
    this.#temporary = at.temporarySuffix === undefined ? null : allNamed(at.temporarySuffix)
  }

  path(suffix: SegmentSuffix): string {
    const name = segmentFileName(this.#baseOffset, suffix)
    const temporary = this.#temporary
    const isTemporary = temporary !== null && temporary.files.has(suffix)
    return join(this.#directory, isTemporary ? name + temporary.suffix : name)
  }

  /** The files are in another directory from now on, under the same names. */
  goOnIn(directory: string): void {
    assert(this.#temporary === null, 'only files in place have copies elsewhere')
    this.#directory = directory
  }

  /** Gives all files their next temporary name. */
  renameAll(temporarySuffix: string): void {
    assert(this.#temporary !== null, 'only what is not in place yet is renamed')
    this.#rename(allNamed(temporarySuffix), ownSuffixes)
  }

  /** Gives files their final names. */
  putInPlace(which: 'log' | 'indexes'): void {
    const temporary = this.#temporary
    assert(temporary !== null, 'only what is not in place yet is put in place')
    const isLog = (suffix: SegmentSuffix): boolean => suffix === segmentSuffix.log
    const moved = [...temporary.files].filter((suffix) => isLog(suffix) === (which === 'log'))
    const left = new Set([...temporary.files].filter((suffix) => !moved.includes(suffix)))
    this.#rename(left.size === 0 ? null : { ...temporary, files: left }, moved)
  }

  #rename(next: TemporaryNames | null, which: readonly SegmentSuffix[]): void {
    const from = which.map((suffix) => this.path(suffix))
    this.#temporary = next
    for (const [index, suffix] of which.entries()) {
      const path = from[index] ?? ''
      if (this.#disk.exists(path)) this.#disk.rename(path, this.path(suffix))
    }
  }

  /** Removes the files, without a trace. */
  discard(): void {
    for (const suffix of ownSuffixes) this.#disk.remove(this.path(suffix))
  }

  /**
   * Renames the files to `.deleted`; answers their new paths. The producer snapshot at the base
   * offset stays where a compacted segment begins with the same offset.
   */
  retire(options: { readonly keepsSnapshot: boolean }): string[] {
    const retired: string[] = []
    for (const suffix of options.keepsSnapshot ? ownSuffixes : suffixes) {
      const path = this.path(suffix)
      if (!this.#disk.exists(path)) continue
      this.#disk.rename(path, path + deletedSuffix)
      retired.push(path + deletedSuffix)
    }
    return retired
  }
}

function allNamed(suffix: string): TemporaryNames {
  return { suffix, files: new Set(ownSuffixes) }
}
