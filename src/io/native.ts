// System calls that Node does not offer, through the optional package koffi. Everything here is
// optional: where koffi or the platform is missing, the functions say so and the callers have
// another way.
import { createRequire } from 'node:module'

interface Library {
  func(prototype: string): (...args: unknown[]) => number
}

interface Koffi {
  load(path: string): Library
  errno(): number
}

type Fcntl = (fd: number, command: number, lock: Buffer) => number

const require = createRequire(import.meta.url)

// fcntl(2): take a lock without waiting, and the type of an exclusive one.
const platforms = {
  linux: { library: 'libc.so.6', setLock: 6, writeLock: 1, encode: encodeLinuxLock },
  darwin: { library: 'libSystem.B.dylib', setLock: 8, writeLock: 3, encode: encodeDarwinLock },
} as const
const lockBytes = 32

/**
 * 'taken': ours until the descriptor closes or the process dies. 'unavailable': no native calls
 * here.
 */
export type NativeLock = 'taken' | 'held-by-other' | 'unavailable'

let loaded: { fcntl: Fcntl } | null | undefined

/**
 * Takes an exclusive POSIX record lock on the whole file, as Apache Kafka does through Java, so
 * that a running Kafka and Ottla exclude each other. The kernel drops it when the process dies,
 * and also when any descriptor of the file is closed in this process.
 */
export function lockWholeFile(fd: number): NativeLock {
  const platform = platformOf(process.platform)
  if (platform === undefined) return 'unavailable'
  loaded ??= load(platform.library)
  if (loaded === null) return 'unavailable'
  const taken = loaded.fcntl(fd, platform.setLock, platform.encode(platform.writeLock)) === 0
  return taken ? 'taken' : 'held-by-other'
}

function platformOf(name: string): (typeof platforms)['linux' | 'darwin'] | undefined {
  if (name === 'linux' || name === 'darwin') return platforms[name]
  return undefined
}

function load(library: string): { fcntl: Fcntl } | null {
  try {
    const koffi: Koffi = require('koffi')
    const call = koffi.load(library).func('int fcntl(int fd, int command, ...)')
    return { fcntl: (fd, command, lock) => call(fd, command, 'void *', lock) }
  } catch (error) {
    // No prebuilt binary for this platform, or the package was left out.
    if (!(error instanceof Error)) throw error
    return null
  }
}

// struct flock: type, whence, (padding), start, length (0: to the end), pid.
function encodeLinuxLock(type: number): Buffer {
  const lock = Buffer.alloc(lockBytes)
  lock.writeInt16LE(type, 0)
  return lock
}

// struct flock on Darwin: start, length, pid, type, whence.
function encodeDarwinLock(type: number): Buffer {
  const lock = Buffer.alloc(lockBytes)
  lock.writeInt16LE(type, 20)
  return lock
}
