// The real file system behind the Disk port: synchronous calls where the page cache answers,
// libuv's threads where the device may stall. Short counts are completed here, so that callers see
// whole writes.
import fs from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Disk, DiskFile, DiskLock, OpenMode } from './disk.ts'
import { diskErrorCode } from './disk.ts'
import { lockWholeFile } from './native.ts'
import { OpenFiles } from './open-files.ts'
import { SystemFile, fileMode } from './system-file.ts'

// What is stored is its owner's business alone (system-file.ts). The umask can only take more away.
const directoryMode = 0o700
/** The permission bits of those who neither own a file nor share its group. */
const othersMask = 0o007
const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC } = fs.constants
const openFlags: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  write: O_RDWR | O_CREAT,
  anew: O_RDWR | O_CREAT | O_TRUNC,
}
// Where the system does not say what a process may have: the least that is usual.
const usualDescriptors = 256
const plentyOfDescriptors = 65_536
// Half is for connections and all else.
const shareForFiles = 1 / 2

/** What `ulimit -n` leaves for files. Node raises the soft limit to the hard one at its start. */
function affordableDescriptors(): number {
  return Math.floor(descriptorLimit() * shareForFiles)
}

function descriptorLimit(): number {
  try {
    const limits = fs.readFileSync('/proc/self/limits', 'utf8')
    const soft = /^Max open files +(\S+)/m.exec(limits)?.[1]
    return soft === 'unlimited' ? plentyOfDescriptors : Number(soft ?? usualDescriptors)
  } catch (error) {
    if (diskErrorCode(error) === 'UNKNOWN') throw error
    return usualDescriptors
  }
}

const syncLater = promisify(fs.fsync)

// POSIX locks do not exclude two users inside one process: this set does.
const lockedHere = new Set<string>()

/** The machine's file system. */
export class SystemDisk implements Disk {
  readonly #openFiles = new OpenFiles(affordableDescriptors())

  /** Descriptors that are open now, of files opened by `open`. */
  get openFileCount(): number {
    return this.#openFiles.count
  }

  /** Most descriptors at once for files opened by `open`; the others are opened again when used. */
  limitOpenFiles(count: number): void {
    this.#openFiles.limit(count)
  }

  open(path: string, mode: OpenMode): DiskFile {
    return new SystemFile(path, openFlags[mode], this.#openFiles)
  }

  exists(path: string): boolean {
    return fs.existsSync(path)
  }

  fileSize(path: string): number {
    return fs.statSync(path, { throwIfNoEntry: false })?.size ?? -1
  }

  isDirectory(path: string): boolean {
    // existsSync also knows that nothing lies below a file.
    if (!fs.existsSync(path)) return false
    return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  isOpenToOthers(path: string): boolean {
    if (process.platform === 'win32') return false
    const mode = fs.statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    return (mode & othersMask) !== 0
  }

  list(path: string): string[] {
    return fs.readdirSync(path).sort()
  }

  makeDirectory(path: string): boolean {
    return makeDirectories(path)
  }

  readFile(path: string): Buffer {
    return fs.readFileSync(path)
  }

  replaceFile(path: string, bytes: Uint8Array, options: { durable: boolean }): void {
    const temporary = `${path}.tmp`
    const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_TRUNC, fileMode)
    try {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done)
      if (options.durable) fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(temporary, path)
    if (options.durable) this.syncDirectory(dirname(path))
  }

  async replaceFileLater(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`
    const handle = await fs.promises.open(temporary, 'w', fileMode)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.promises.rename(temporary, path)
    await this.syncDirectoryLater(dirname(path))
  }

  rename(from: string, to: string): void {
    fs.renameSync(from, to)
  }

  remove(path: string): void {
    // Mostly there is none, and rmSync takes long to find that out.
    const isThere = fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
    if (isThere) fs.rmSync(path, { force: true })
  }

  removeLater(path: string): Promise<void> {
    return fs.promises.rm(path, { force: true })
  }

  removeTreeLater(path: string): Promise<void> {
    return fs.promises.rm(path, { recursive: true, force: true })
  }

  removeTree(path: string): void {
    fs.rmSync(path, { recursive: true, force: true })
  }

  syncDirectory(path: string): void {
    const fd = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(fd)
    } catch (error) {
      // Some file systems cannot sync a directory; they keep entries in order by themselves.
      if (!directorySyncRefusals.has(diskErrorCode(error))) throw error
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Only the sync leaves the main thread: a directory that was just changed is in memory. */
  async syncDirectoryLater(path: string): Promise<void> {
    const fd = fs.openSync(path, O_RDONLY)
    try {
      await syncLater(fd)
    } catch (error) {
      if (!directorySyncRefusals.has(diskErrorCode(error))) throw error
    } finally {
      fs.closeSync(fd)
    }
  }

  lock(path: string): DiskLock | null {
    const real = fs.existsSync(path) ? fs.realpathSync(path) : path
    if (lockedHere.has(real)) return null
    const fd = fs.openSync(path, openFlags.write, fileMode)
    if (!lockOpened(fd)) {
      fs.closeSync(fd)
      return null
    }
    const key = fs.realpathSync(path)
    lockedHere.add(key)
    return {
      release: () => {
        lockedHere.delete(key)
        fs.ftruncateSync(fd, 0)
        fs.closeSync(fd)
      },
    }
  }

  space(path: string): { freeBytes: number; totalBytes: number } {
    const stats = fs.statfsSync(path)
    return { freeBytes: stats.bavail * stats.bsize, totalBytes: stats.blocks * stats.bsize }
  }
}

/**
 * Makes a directory and those above it that are missing, for their owner alone; false when it was there.
 * Not mkdirSync's `recursive`: that one never returns where a file system answers ENOENT for a
 * parent that is there, as /proc does.
 */
export function makeDirectories(path: string): boolean {
  try {
    fs.mkdirSync(path, directoryMode)
  } catch (error) {
    if (fs.existsSync(path) && fs.statSync(path).isDirectory()) return false
    const parent = dirname(path)
    if (diskErrorCode(error) !== 'ENOENT' || fs.existsSync(parent)) throw error
    makeDirectories(parent)
    fs.mkdirSync(path, directoryMode)
  }
  return true
}

/** Whether this user may make files in a directory. */
export function mayWriteIn(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK)
    return true
  } catch (error) {
    if (diskErrorCode(error) === 'UNKNOWN') throw error
    return false
  }
}

const directorySyncRefusals = new Set(['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'])

function lockOpened(fd: number): boolean {
  const native = lockWholeFile(fd)
  if (native !== 'unavailable') return native === 'taken'
  return lockByContent(fd)
}

/**
 * Without kernel locks: the file names its owner by pid and start time, since in a container the
 * pid is always 1.
 */
function lockByContent(fd: number): boolean {
  const owner = fs.readFileSync(fd, 'utf8').trim()
  const [pid, started] = owner.split(' ')
  if (pid !== undefined && pid !== '' && isRunning(Number(pid), started ?? '')) return false
  fs.ftruncateSync(fd, 0)
  fs.writeSync(fd, `${process.pid} ${startTimeOf(process.pid)}\n`, 0)
  return true
}

function isRunning(pid: number, started: string): boolean {
  const now = startTimeOf(pid)
  if (now !== '') return now === started
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return diskErrorCode(error) === 'EPERM'
  }
}

// Field 22 of /proc/<pid>/stat, counted behind the name, which may hold spaces. Empty where there
// is no /proc.
const startTimeField = 19

function startTimeOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[startTimeField] ?? ''
  } catch (error) {
    if (diskErrorCode(error) === 'UNKNOWN') throw error
    return ''
  }
}
