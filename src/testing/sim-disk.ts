// A file system in memory for tests: it keeps what was written and what was synced apart, so that
// a test can take the power away, and fails the calls that a test names. The same for names: what
// was made, renamed or removed is durable once its directory is synced, and power loss may undo any
// of what came later, in any order.
import type { Disk, DiskFile, DiskLock, OpenMode } from '../io/disk.ts'
import { SimFile, SimInode, failure } from './sim-file.ts'

/** Which call fails, on which files, how often and with which POSIX code. */
export interface DiskFault {
  readonly call: DiskCall
  readonly code: string
  /** Only paths that contain this text. */
  readonly path?: string
  /** Calls that still succeed before the first failure. */
  readonly after?: number
  /** Failures before the fault goes away; without it the fault stays. */
  readonly times?: number
  /** Bytes of a failing write that reach the file all the same. */
  readonly partialBytes?: number
}

export type DiskCall =
  'open' | 'write' | 'read' | 'truncate' | 'sync' | 'rename' | 'remove' | 'make'

interface ActiveFault {
  readonly fault: DiskFault
  passed: number
  failed: number
}

/** A name that came, went or moved, and that its directory does not hold for sure. */
interface NameChange {
  /** Directories whose sync makes it durable. */
  readonly directories: readonly string[]
  apply(names: Map<string, SimInode>): void
  /** Takes a directory back to the name that it had: the change was lost. */
  undo?(directories: Set<string>): void
}

/** What power loss leaves behind. */
export interface PowerLoss {
  /** Bytes of unsynced new content that are there, per file; none by default. */
  readonly keep?: (path: string, unsyncedBytes: number) => number
  /** Whether a change of names that was not synced is there; `index` counts from the oldest. */
  readonly keepName?: (index: number, count: number) => boolean
}

/** A disk in memory. `crash` and `kill` give the disk that the next process finds. */
export class SimDisk implements Disk {
  /** Files that are open now: a test sees leaks. */
  openFiles = 0
  /** Syncs so far. */
  syncCount = 0
  /** Directories that other users of the machine have access to. */
  readonly openToOthers = new Set<string>()
  /** Reads so far, whole files included. */
  readCount = 0
  /** Bytes that they gave. */
  readBytes = 0
  readonly #files = new Map<string, SimInode>()
  readonly #directories = new Set<string>(['/'])
  readonly #locks = new Set<string>()
  #faults: ActiveFault[] = []
  /** The names that are durable for sure. */
  #durableNames = new Map<string, SimInode>()
  #nameChanges: NameChange[] = []
  #isGone = false
  /**
   * Called before every call that changes something: a test looks at every state in between. Where
   * bytes are written, `tear` writes only the first of them, as a process that dies meanwhile does.
   */
  onChange: ((tear?: (bytes: number) => void) => void) | null = null
  /** How long an asynchronous call takes; null: no longer than its turn. Later disks inherit it. */
  latency: ((call: DiskCall) => Promise<void>) | null = null

  /** Makes matching calls fail from now on. */
  fail(fault: DiskFault): void {
    this.#faults.push({ fault, passed: 0, failed: 0 })
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults = []
  }

  /**
   * The process died and the machine goes on: the disk as the next process finds it, locks and faults gone. What
   * was not synced still is not. This disk refuses everything from now on.
   */
  inherit(): SimDisk {
    const next = new SimDisk()
    next.latency = this.latency
    for (const directory of this.#directories) next.#directories.add(directory)
    for (const [path, inode] of this.#files) next.#files.set(path, inode)
    next.#durableNames = new Map(this.#durableNames)
    next.#nameChanges = [...this.#nameChanges]
    this.#isGone = true
    return next
  }

  /** The process died: everything written is there and synced, locks are gone. */
  kill(): SimDisk {
    return this.#copy((inode) => inode.bytes())
  }

  /**
   * The power failed: of every file with unsynced changes, `keep` says how many bytes of the new
   * content are there (default: none of it, only what was synced). All names are there.
   */
  crash(keep: (path: string, unsyncedBytes: number) => number = () => 0): SimDisk {
    return this.#copy((inode, path) => afterPowerLoss(inode, path, keep))
  }

  /** As `crash`, and names that no sync of their directory made durable may be lost too. */
  losePower(loss: PowerLoss = {}): SimDisk {
    const { keep = () => 0, keepName = () => false } = loss
    const names = new Map(this.#durableNames)
    const count = this.#nameChanges.length
    const directories = new Set(this.#directories)
    const lost: NameChange[] = []
    for (const [index, change] of this.#nameChanges.entries()) {
      if (keepName(index, count)) change.apply(names)
      else lost.push(change)
    }
    for (const change of lost.reverse()) change.undo?.(directories)
    return this.#copy((inode, path) => afterPowerLoss(inode, path, keep), names, directories)
  }

  /** Changes of names that are not durable yet. */
  get unsyncedNames(): number {
    return this.#nameChanges.length
  }

  #changeNames(
    directories: readonly string[],
    apply: NameChange['apply'],
    undo: NonNullable<NameChange['undo']> = () => undefined,
  ): void {
    apply(this.#files)
    this.#nameChanges.push({ directories, apply, undo })
  }

  #copy(
    content: (inode: SimInode, path: string) => Buffer,
    names = this.#files,
    directories: ReadonlySet<string> = this.#directories,
  ): SimDisk {
    const copy = new SimDisk()
    copy.latency = this.latency
    for (const directory of directories) copy.#directories.add(directory)
    for (const [path, inode] of names) {
      const twin = new SimInode()
      twin.write(content(inode, path), 0)
      twin.sync()
      copy.#files.set(path, twin)
    }
    copy.#durableNames = new Map(copy.#files)
    return copy
  }

  /** Runs an asynchronous call when its time has come. */
  async later<T>(call: DiskCall, run: () => T): Promise<T> {
    await this.latency?.(call)
    return run()
  }

  /** False when the file has no name any more. */
  holds(inode: SimInode): boolean {
    for (const held of this.#files.values()) if (held === inode) return true
    return false
  }

  /** Raises the fault that matches this call, if there is one. */
  enter(call: DiskCall, path: string, partial?: (bytes: number) => void): void {
    if (this.#isGone) throw failure('EIO', call, path)
    if (call === 'read') this.readCount += 1
    if (call !== 'read' && call !== 'open') this.onChange?.(partial)
    if (this.#isGone) throw failure('EIO', call, path)
    for (const active of this.#faults) {
      const { fault } = active
      if (fault.call !== call || (fault.path !== undefined && !path.includes(fault.path))) continue
      if (fault.times !== undefined && active.failed >= fault.times) continue
      if (active.passed < (fault.after ?? 0)) {
        active.passed += 1
        continue
      }
      active.failed += 1
      if (partial !== undefined && fault.partialBytes !== undefined) partial(fault.partialBytes)
      throw failure(fault.code, call, path)
    }
  }

  open(path: string, mode: OpenMode): DiskFile {
    this.enter('open', path)
    let inode = this.#files.get(path)
    if (inode === undefined) {
      if (mode === 'read' || !this.#directories.has(parentOf(path))) {
        throw failure('ENOENT', 'open', path)
      }
      const made = new SimInode()
      this.onChange?.()
      if (this.#isGone) throw failure('EIO', 'open', path)
      this.#changeNames([parentOf(path)], (names) => names.set(path, made))
      inode = made
    }
    if (mode === 'anew' && inode.size > 0) this.#empty(path, inode)
    return new SimFile(this, path, inode)
  }

  #empty(path: string, inode: SimInode): void {
    this.onChange?.()
    if (this.#isGone) throw failure('EIO', 'open', path)
    inode.truncate(0)
  }

  exists(path: string): boolean {
    return this.#files.has(path) || this.#directories.has(path)
  }

  fileSize(path: string): number {
    return this.#files.get(path)?.size ?? -1
  }

  isDirectory(path: string): boolean {
    return this.#directories.has(path)
  }

  isOpenToOthers(path: string): boolean {
    return this.openToOthers.has(path)
  }

  list(path: string): string[] {
    if (!this.#directories.has(path)) throw failure('ENOENT', 'list', path)
    const all = [...this.#files.keys(), ...this.#directories]
    const names = all.filter((name) => name !== '/' && parentOf(name) === path)
    return names.map((name) => name.slice(name.lastIndexOf('/') + 1)).sort()
  }

  makeDirectory(path: string): boolean {
    this.enter('make', path)
    if (this.#directories.has(path)) return false
    for (let at = path; at !== '/'; at = parentOf(at)) this.#directories.add(at)
    return true
  }

  readFile(path: string): Buffer {
    this.enter('read', path)
    const inode = this.#files.get(path)
    if (inode === undefined) throw failure('ENOENT', 'open', path)
    this.readBytes += inode.size
    return inode.bytes()
  }

  /** Sets a file's content, synced: for tests that damage files. */
  writeFile(path: string, bytes: Uint8Array): void {
    this.makeDirectory(parentOf(path))
    const inode = new SimInode()
    inode.write(bytes, 0)
    inode.sync()
    this.#files.set(path, inode)
    this.#durableNames.set(path, inode)
  }

  replaceFile(path: string, bytes: Uint8Array, options: { durable: boolean }): void {
    const file = this.open(`${path}.tmp`, 'anew')
    try {
      file.write(bytes, 0)
      if (options.durable) file.syncNow()
    } finally {
      file.close()
    }
    this.rename(`${path}.tmp`, path)
    if (options.durable) this.syncDirectory(parentOf(path))
  }

  replaceFileLater(path: string, bytes: Uint8Array): Promise<void> {
    return this.later('sync', () => this.replaceFile(path, bytes, { durable: true }))
  }

  rename(from: string, to: string): void {
    this.enter('rename', from)
    const inode = this.#files.get(from)
    if (inode !== undefined) {
      this.#changeNames([parentOf(from), parentOf(to)], (names) => {
        names.delete(from)
        names.set(to, inode)
      })
      return
    }
    if (!this.#directories.has(from)) throw failure('ENOENT', 'rename', from)
    this.#renameTree(from, to)
  }

  #renameTree(from: string, to: string): void {
    const moved = (path: string): string => to + path.slice(from.length)
    const inside = (path: string): boolean => isInside(path, from)
    renameDirectories(this.#directories, from, to)
    // The directory takes its own files along, and none that lies under its old name later.
    const files = [...this.#files].filter(([path]) => inside(path))
    this.#nameChanges = this.#nameChanges.filter(({ directories }) => !directories.every(inside))
    const move = (names: Map<string, SimInode>): void => {
      for (const [path, inode] of files) {
        if (names.get(path) === inode) names.delete(path)
        names.set(moved(path), inode)
      }
    }
    this.#changeNames([parentOf(from), parentOf(to)], move, (directories) =>
      renameDirectories(directories, to, from),
    )
  }

  remove(path: string): void {
    this.enter('remove', path)
    if (!this.#files.has(path)) return
    this.#changeNames([parentOf(path)], (names) => names.delete(path))
  }

  /** Without latency at once: the moment in which it happens is the caller's. */
  async removeLater(path: string): Promise<void> {
    if (this.latency !== null) await this.latency('remove')
    this.remove(path)
  }

  async removeTreeLater(path: string): Promise<void> {
    if (this.latency !== null) await this.latency('remove')
    this.removeTree(path)
  }

  removeTree(path: string): void {
    this.enter('remove', path)
    this.#changeNames([parentOf(path)], (names) => {
      for (const name of [...names.keys()]) if (name.startsWith(`${path}/`)) names.delete(name)
    })
    for (const name of [...this.#directories]) {
      if (name === path || name.startsWith(`${path}/`)) this.#directories.delete(name)
    }
  }

  syncDirectory(path: string): void {
    this.#syncNames(path, new Set(this.#nameChanges))
  }

  /** Names that change while it runs may not be covered. */
  syncDirectoryLater(path: string): Promise<void> {
    const changes = new Set(this.#nameChanges)
    return this.later('sync', () => this.#syncNames(path, changes))
  }

  #syncNames(path: string, changes: ReadonlySet<NameChange>): void {
    this.enter('sync', path)
    const isSynced = (change: NameChange): boolean =>
      changes.has(change) && change.directories.includes(path)
    for (const change of this.#nameChanges.filter(isSynced)) change.apply(this.#durableNames)
    this.#nameChanges = this.#nameChanges.filter((change) => !isSynced(change))
  }

  lock(path: string): DiskLock | null {
    if (this.#locks.has(path)) return null
    this.#locks.add(path)
    if (!this.#files.has(path)) this.open(path, 'write').close()
    return { release: () => void this.#locks.delete(path) }
  }

  space(): { freeBytes: number; totalBytes: number } {
    return { freeBytes: simulatedBytes, totalBytes: simulatedBytes }
  }
}

function afterPowerLoss(
  inode: SimInode,
  path: string,
  keep: (path: string, unsyncedBytes: number) => number,
): Buffer {
  if (!inode.isDirty) return inode.bytes()
  const unsynced = Math.max(0, inode.size - inode.durable.length)
  const kept = Math.min(unsynced, keep(path, unsynced))
  if (kept === 0) return Buffer.from(inode.durable)
  return inode.bytes().subarray(0, inode.durable.length + kept)
}

const simulatedBytes = 2 ** 40

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}

function renameDirectories(directories: Set<string>, from: string, to: string): void {
  for (const path of [...directories].filter((one) => isInside(one, from))) {
    directories.delete(path)
    directories.add(to + path.slice(from.length))
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}
