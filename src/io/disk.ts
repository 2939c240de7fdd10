// The port to the file system. `SystemDisk` (system-disk.ts) is the real one; tests use a simulated
// disk that forgets unsynced bytes, tears writes and fails on request. Calls are synchronous where
// the page cache answers, asynchronous where the device may stall.

/**
 * An open file. Positions and lengths are bytes. Errors are Node's, with `code` (ENOSPC, EIO, …).
 */
export interface DiskFile {
  readonly path: string
  /**
   * The descriptor, for the native calls of io/native.ts; -1 on a simulated disk. To be used before
   * anything else is opened: it may be closed then, and opened again as another.
   */
  readonly fd: number
  size(): number
  /** Writes all of `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): void
  /** Writes all buffers one after another at `position` with as few calls as possible. */
  writeAll(buffers: readonly Uint8Array[], position: number): void
  /**
   * Reads up to `length` bytes into `into` at `offset`; the count read, 0 at the end of the file.
   */
  read(into: Uint8Array, offset: number, length: number, position: number): number
  /** As `read`, off the main thread: for pages that are probably not cached. */
  readLater(into: Uint8Array, offset: number, length: number, position: number): Promise<number>
  /**
   * The file as something to send, for the native calls of this platform; null where there are none.
   */
  lend(): LentFile | null
  truncate(byteLength: number): void
  /** fdatasync, off the main thread. */
  syncData(): Promise<void>
  /** fsync, on the main thread: for recovery and shutdown. */
  syncNow(): void
  close(): void
}

/** A file that stays open until it is given back, also when it is closed or removed meanwhile. */
export interface LentFile {
  /**
   * Has the kernel send `length` bytes at `position` to a socket's descriptor; the count that it took
   * at once, 0 when it takes none.
   */
  sendTo(socket: number, position: number, length: number): number
  /** As the file's `read`. */
  read(into: Uint8Array, offset: number, length: number, position: number): number
  giveBack(): void
}

/** Held while this process owns a directory; the kernel lets go when the process dies. */
export interface DiskLock {
  release(): void
}

/**
 * 'read': must exist. 'write': opened for reading and writing, made for the owner alone when missing.
 * 'anew': as 'write', without what a file of this name held.
 */
export type OpenMode = 'read' | 'write' | 'anew'

export interface Disk {
  open(path: string, mode: OpenMode): DiskFile
  exists(path: string): boolean
  /** Bytes of a file; -1 when there is none. */
  fileSize(path: string): number
  isDirectory(path: string): boolean
  /** Whether users of the machine who neither own it nor share its group have any access to it. */
  isOpenToOthers(path: string): boolean
  /** Names in a directory, sorted. */
  list(path: string): string[]
  /** Makes the directory and its parents, for the owner alone; false when it was there. */
  makeDirectory(path: string): boolean
  readFile(path: string): Buffer
  /**
   * Writes to `path` + '.tmp' and renames it over `path`: readers see the old or the new content.
   * When `durable`, file and directory are synced too, so that this holds through power loss.
   */
  replaceFile(path: string, bytes: Uint8Array, options: { durable: boolean }): void
  /** As `replaceFile`, durable, off the main thread. One call at a time for a path. */
  replaceFileLater(path: string, bytes: Uint8Array): Promise<void>
  rename(from: string, to: string): void
  /** Removes a file; no error when there is none. */
  remove(path: string): void
  /** As `remove`, off the main thread: a large file's blocks take their time to be given back. */
  removeLater(path: string): Promise<void>
  /** As `removeTree`, off the main thread. */
  removeTreeLater(path: string): Promise<void>
  /** Removes a directory with all that is in it. */
  removeTree(path: string): void
  /** Makes renames, creations and removals in the directory durable. */
  syncDirectory(path: string): void
  /** As `syncDirectory`, off the main thread. */
  syncDirectoryLater(path: string): Promise<void>
  /**
   * Takes an exclusive lock on the file (made when missing); null when another process holds it.
   */
  lock(path: string): DiskLock | null
  /** Free and total bytes of the file system that holds `path`. */
  space(path: string): { freeBytes: number; totalBytes: number }
}

/** The POSIX code of a file system error (ENOSPC, EIO, …), or 'UNKNOWN'. */
export function diskErrorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'UNKNOWN'
}
