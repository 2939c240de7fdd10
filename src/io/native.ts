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
type SendfileCall = (to: number, from: number, position: BigInt64Array, length: number) => number

interface Calls {
  readonly fcntl: Fcntl
  /** Linux only: elsewhere it is another call, with other arguments. */
  readonly sendfile: SendfileCall | null
}

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

/** Undefined before the first look, null where there is nothing to call. */
let loaded: Calls | null | undefined

/**
 * Takes an exclusive POSIX record lock on the whole file, as Apache Kafka does through Java, so
 * that a running Kafka and Ottla exclude each other. The kernel drops it when the process dies,
 * and also when any descriptor of the file is closed in this process.
 */
export function lockWholeFile(fd: number): NativeLock {
  const platform = platformOf(process.platform)
  const calls = nativeCalls()
  if (platform === undefined || calls === null) return 'unavailable'
  const taken = calls.fcntl(fd, platform.setLock, platform.encode(platform.writeLock)) === 0
  return taken ? 'taken' : 'held-by-other'
}

/** Whether `sendFile` can do anything here. */
export function canSendFiles(): boolean {
  return (nativeCalls()?.sendfile ?? null) !== null
}

const sendPosition = new BigInt64Array(1)

/**
 * sendfile(2): has the kernel send `length` bytes at `position` of the file `from` to the socket
 * `to`, which must not block. Returns the bytes that it took at once: fewer when the socket is full,
 * 0 also when it cannot; who then reads and writes meets the reason.
 */
export function sendFile(to: number, from: number, position: number, length: number): number {
  const sendfile = nativeCalls()?.sendfile ?? null
  if (sendfile === null) return 0
  sendPosition[0] = BigInt(position)
  return Math.max(0, sendfile(to, from, sendPosition, length))
}

function platformOf(name: string): (typeof platforms)['linux' | 'darwin'] | undefined {
  if (name === 'linux' || name === 'darwin') return platforms[name]
  return undefined
}

function nativeCalls(): Calls | null {
  // Not `??=`: where there is nothing, a large fetch would look for the package each time.
  if (loaded === undefined) loaded = load()
  return loaded
}

function load(): Calls | null {
  const platform = platformOf(process.platform)
  if (platform === undefined) return null
  try {
    const koffi: Koffi = require('koffi')
    const library = koffi.load(platform.library)
    const fcntl = library.func('int fcntl(int fd, int command, ...)')
    return {
      fcntl: (fd, command, lock) => fcntl(fd, command, 'void *', lock),
      sendfile:
        process.platform === 'linux'
          ? library.func('int64_t sendfile(int to, int from, void *position, size_t length)')
          : null,
    }
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
