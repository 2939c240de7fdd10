// A file of the machine's file system. Its descriptor is one of a bounded number (open-files.ts): it
// may be taken away between two calls and is then opened again.
import fs from 'node:fs'
import { assert } from '../base/assert.ts'
import type { DiskFile, LentFile } from './disk.ts'
import { canSendFiles, sendFile } from './native.ts'
import type { OpenFile, OpenFiles } from './open-files.ts'

const noDescriptor = -1
/**
 * What is stored is its owner's business alone: records, credentials, access rules. The umask can
 * only take more away.
 */
export const fileMode = 0o600

export class SystemFile implements DiskFile, OpenFile {
  readonly path: string
  wasUsed = false
  readonly #openFiles: OpenFiles
  readonly #flags: number
  #fd = noDescriptor
  /** Calls that run on libuv's threads, and loans. */
  #uses = 0
  #isClosed = false

  /** Opens the file with `flags`; when it is opened again, it has to be there, and stays as it is. */
  constructor(path: string, flags: number, openFiles: OpenFiles) {
    this.path = path
    this.#openFiles = openFiles
    this.#flags = flags & ~(fs.constants.O_CREAT | fs.constants.O_TRUNC)
    this.#open(flags)
  }

  #open(flags: number): void {
    this.#fd = this.#openFiles.open(this, () => fs.openSync(this.path, flags, fileMode))
  }

  get fd(): number {
    assert(!this.#isClosed, 'a closed file is not used')
    if (this.#fd === noDescriptor) this.#open(this.#flags)
    this.wasUsed = true
    return this.#fd
  }

  get isBusy(): boolean {
    return this.#uses > 0
  }

  letGo(): void {
    assert(!this.isBusy && this.#fd !== noDescriptor, 'an idle descriptor is given up')
    fs.closeSync(this.#fd)
    this.#fd = noDescriptor
  }

  size(): number {
    return fs.fstatSync(this.fd).size
  }

  write(bytes: Uint8Array, position: number): void {
    const fd = this.fd
    let done = fs.writeSync(fd, bytes, 0, bytes.length, position)
    while (done < bytes.length) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done)
    }
  }

  writeAll(buffers: readonly Uint8Array[], position: number): void {
    const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    const written = fs.writevSync(this.fd, buffers, position)
    if (written < total) this.#writeRest(buffers, position, written)
  }

  #writeRest(buffers: readonly Uint8Array[], position: number, written: number): void {
    let at = 0
    for (const buffer of buffers) {
      const skip = Math.max(0, Math.min(buffer.length, written - at))
      if (skip < buffer.length) this.write(buffer.subarray(skip), position + at + skip)
      at += buffer.length
    }
  }

  read(into: Uint8Array, offset: number, length: number, position: number): number {
    return readAll(this.fd, into, { offset, length, position })
  }

  readLater(into: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.#elsewhere((fd, done) => fs.read(fd, into, offset, length, position, done))
  }

  lend(): LentFile | null {
    if (!canSendFiles()) return null
    const fd = this.fd
    this.#uses += 1
    return {
      sendTo: (socket, position, length) => sendFile(socket, fd, position, length),
      read: (into, offset, length, position) => readAll(fd, into, { offset, length, position }),
      giveBack: () => this.#usedUp(),
    }
  }

  truncate(byteLength: number): void {
    fs.ftruncateSync(this.fd, byteLength)
  }

  async syncData(): Promise<void> {
    const links = await this.#elsewhere<number>((fd, done) =>
      fs.fdatasync(fd, (error) => done(error, error ? 0 : fs.fstatSync(fd).nlink)),
    )
    if (links > 0 || this.#isClosed) return
    // Somebody removed the file under us: what is written reaches no name any more.
    throw Object.assign(new Error(`ENOENT: '${this.path}' was removed`), { code: 'ENOENT' })
  }

  syncNow(): void {
    fs.fsyncSync(this.fd)
  }

  /** Runs a call off the main thread; the descriptor stays until it has ended. */
  #elsewhere<T>(
    call: (fd: number, done: (error: Error | null, result: T) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fd = this.fd
      this.#uses += 1
      call(fd, (error, result) => {
        this.#usedUp()
        if (error) reject(error)
        else resolve(result)
      })
    })
  }

  #usedUp(): void {
    assert(this.#uses > 0, 'a use ends once')
    this.#uses -= 1
    if (this.#isClosed && !this.isBusy) this.#release()
  }

  close(): void {
    assert(!this.#isClosed, 'a file is closed once')
    this.#isClosed = true
    if (!this.isBusy) this.#release()
  }

  #release(): void {
    this.#openFiles.closed(this)
    if (this.#fd !== noDescriptor) fs.closeSync(this.#fd)
    this.#fd = noDescriptor
  }
}

/** Reads until `length` bytes are there or the file ends; the count read. */
function readAll(
  fd: number,
  into: Uint8Array,
  { offset, length, position }: { offset: number; length: number; position: number },
): number {
  let done = 0
  while (done < length) {
    const count = fs.readSync(fd, into, offset + done, length - done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}
