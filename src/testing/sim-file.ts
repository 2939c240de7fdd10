// A file of the simulated disk: its content, what of it a power failure leaves, and the handle that
// the broker holds.
import type { DiskFile } from '../io/disk.ts'
import type { SimDisk } from './sim-disk.ts'

/** What lies under a name, or under none any more. */
export class SimInode {
  content: Buffer = Buffer.alloc(0)
  size = 0
  /** What power loss leaves. */
  durable: Buffer = Buffer.alloc(0)
  isDirty = false
  /** Counts changes. */
  #version = 0

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length
    if (end > this.content.length) this.#grow(end)
    this.content.set(bytes, position)
    this.size = Math.max(this.size, end)
    this.#changed()
  }

  #grow(byteLength: number): void {
    const grown = Buffer.alloc(Math.max(byteLength, this.content.length * 2, 256))
    this.content.copy(grown, 0, 0, this.size)
    this.content = grown
  }

  truncate(byteLength: number): void {
    if (byteLength > this.content.length) this.#grow(byteLength)
    this.content.fill(0, Math.min(byteLength, this.size))
    this.size = byteLength
    this.#changed()
  }

  #changed(): void {
    this.isDirty = true
    this.#version += 1
  }

  sync(): void {
    this.beginSync()()
  }

  /** Takes what is there now; the function that is answered makes that durable. */
  beginSync(): () => void {
    if (!this.isDirty) return () => undefined
    const content = this.bytes()
    const version = this.#version
    return () => {
      this.durable = content
      if (this.#version === version) this.isDirty = false
    }
  }

  bytes(): Buffer {
    return Buffer.from(this.content.subarray(0, this.size))
  }
}

export class SimFile implements DiskFile {
  readonly path: string
  readonly fd = -1
  readonly #disk: SimDisk
  readonly #inode: SimInode
  #isOpen = true

  constructor(disk: SimDisk, path: string, inode: SimInode) {
    this.#disk = disk
    this.path = path
    this.#inode = inode
    disk.openFiles += 1
  }

  size(): number {
    return this.#inode.size
  }

  write(bytes: Uint8Array, position: number): void {
    this.#disk.enter('write', this.path, (partial) =>
      this.#inode.write(bytes.subarray(0, partial), position),
    )
    this.#inode.write(bytes, position)
  }

  writeAll(buffers: readonly Uint8Array[], position: number): void {
    this.write(Buffer.concat(buffers), position)
  }

  read(into: Uint8Array, offset: number, length: number, position: number): number {
    this.#disk.enter('read', this.path)
    const end = Math.min(position + length, this.#inode.size)
    if (end <= position) return 0
    into.set(this.#inode.content.subarray(position, end), offset)
    this.#disk.readBytes += end - position
    return end - position
  }

  readLater(into: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.#disk.later('read', () => this.read(into, offset, length, position))
  }

  lend(): null {
    return null
  }

  truncate(byteLength: number): void {
    this.#disk.enter('truncate', this.path)
    this.#inode.truncate(byteLength)
  }

  /** What is written while it runs may not be covered. As on the real disk, a file must keep a name. */
  syncData(): Promise<void> {
    const complete = this.#inode.beginSync()
    return this.#disk.later('sync', () => {
      this.#sync(complete)
      if (this.#isOpen && !this.#disk.holds(this.#inode)) throw failure('ENOENT', 'sync', this.path)
    })
  }

  syncNow(): void {
    this.#sync(this.#inode.beginSync())
  }

  #sync(complete: () => void): void {
    this.#disk.enter('sync', this.path)
    this.#disk.syncCount += 1
    complete()
  }

  close(): void {
    if (!this.#isOpen) throw failure('EBADF', 'close', this.path)
    this.#isOpen = false
    this.#disk.openFiles -= 1
  }
}

/** An error as Node gives it. */
export function failure(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call })
}
