// How many descriptors files may hold, and whose go first: those that were not used since the last
// look around (second chance). A file that gave its descriptor up opens again when it is used.
import { assert } from '../base/assert.ts'
import { diskErrorCode } from './disk.ts'

/** An open file as the table sees it. */
export interface OpenFile {
  /** Used since the table last looked; the table sets it back. */
  wasUsed: boolean
  /** A call that runs elsewhere needs the descriptor. */
  readonly isBusy: boolean
  /** Closes the descriptor; the file opens it again when it needs it. */
  letGo(): void
}

// What closes when the process as a whole has no descriptor left, so that not every open meets it.
const shareGivenUp = 1 / 8

export class OpenFiles {
  #max: number
  /** In the order in which they are looked at next. */
  readonly #files = new Set<OpenFile>()

  /** `max`: most descriptors at once, unless all of them are busy. */
  constructor(max: number) {
    assert(max > 0, 'a disk may have a file open')
    this.#max = max
  }

  get count(): number {
    return this.#files.size
  }

  limit(max: number): void {
    assert(max > 0, 'a disk may have a file open')
    this.#max = max
    this.#shrinkTo(max)
  }

  /** Opens a descriptor for `file` by `open`, after others have made room. */
  open(file: OpenFile, open: () => number): number {
    this.#shrinkTo(this.#max - 1)
    const fd = this.#openOrMakeRoom(open)
    file.wasUsed = true
    this.#files.add(file)
    return fd
  }

  /** Others took what was left of the process's descriptors: connections, a burst of reads. */
  #openOrMakeRoom(open: () => number): number {
    try {
      return open()
    } catch (error) {
      const isFull = diskErrorCode(error) === 'EMFILE' || diskErrorCode(error) === 'ENFILE'
      const before = this.#files.size
      if (isFull) this.#shrinkTo(Math.floor(before * (1 - shareGivenUp)))
      if (this.#files.size === before) throw error
      return open()
    }
  }

  closed(file: OpenFile): void {
    this.#files.delete(file)
  }

  /** Two rounds at most: in the first, files that were used are only marked as not used since. */
  #shrinkTo(count: number): void {
    let looks = this.#files.size > count ? this.#files.size * 2 : 0
    for (const file of this.#files) {
      if (this.#files.size <= count || looks === 0) return
      looks -= 1
      this.#files.delete(file)
      if (file.wasUsed || file.isBusy) {
        file.wasUsed = false
        this.#files.add(file)
      } else {
        file.letGo()
      }
    }
  }
}
