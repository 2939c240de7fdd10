// How bytes are read from accepted sockets: into one process-wide buffer, or straight into a frame
// that is half in. Node documents the `onread` option for client sockets only; here an accepted socket
// is made with it, out of the handle that Node's own server gets. That needs internals, which this file
// alone knows: `_handle.onconnection` of a server that listens, the options `handle` and `manualStart` of
// a socket, and its `_handle.fd`. Where they are missing, the server's own sockets are read by 'data' events.
// Gain: about a third of the CPU of large produces, and no 64 KiB slab per read.
import { Socket } from 'node:net'
import type { Server } from 'node:net'
import { limits } from '../base/limits.ts'

/** Who takes the bytes of one socket. */
export interface Intake {
  /** Where the next read should go; `scratch` is the shared buffer. */
  readTarget(scratch: Buffer): Buffer
  /** Bytes that were read, valid until the call returns. */
  onBytes(bytes: Buffer): void
}

/** An accepted socket from which nothing is read yet. */
export interface Accepted {
  readonly socket: Socket
  /** Begins to read. `choose` says who reads, and may have somebody else read later by calling `become`. */
  readFor(choose: (become: (next: Intake) => void) => Intake): void
}

/** Readable bytes are reused by the next read of any socket. */
const scratch = Buffer.allocUnsafeSlow(limits.receiveBufferBytes)

/**
 * Calls `arrive` with what the server, which listens, accepts; nobody else does. `isPlain`: what comes is
 * read by `readFor`, and the server was made with `pauseOnConnect`; otherwise somebody wraps the socket.
 */
export function acceptFrom(
  server: Server,
  isPlain: boolean,
  arrive: (accepted: Accepted) => void,
): void {
  server.on('connection', (socket: Socket) => arrive(readByEvents(socket)))
  const listening = isPlain ? listeningHandle(server) : null
  if (listening === null) return
  const { onconnection } = listening
  listening.onconnection = function (status: number, handle: unknown): void {
    const socket = status === 0 && isHandle(handle) ? readIntoTargets(handle) : null
    // An error of accepting is told as ever.
    if (socket === null) onconnection.call(this, status, handle)
    else arrive(socket)
  }
}

interface ListeningHandle {
  onconnection: (this: unknown, status: number, handle: unknown) => void
}

function listeningHandle(server: object): ListeningHandle | null {
  const handle = handleOf(server)
  return isListeningHandle(handle) ? handle : null
}

function handleOf(serverOrSocket: object): unknown {
  return '_handle' in serverOrSocket ? serverOrSocket._handle : null
}

function isListeningHandle(handle: unknown): handle is ListeningHandle {
  return isHandle(handle) && 'onconnection' in handle && typeof handle.onconnection === 'function'
}

function isHandle(handle: unknown): handle is object {
  return typeof handle === 'object' && handle !== null
}

/** A socket asks for its first buffer while it is made, before there is anyone to ask. */
const nobody: Intake = { readTarget: () => scratch, onBytes: () => undefined }

function readByEvents(socket: Socket): Accepted {
  return {
    socket,
    readFor: (choose) => {
      let intake = nobody
      intake = choose((next) => {
        intake = next
      })
      socket.on('data', (bytes: Buffer) => intake.onBytes(bytes))
      socket.resume()
    },
  }
}

function readIntoTargets(handle: object): Accepted | null {
  let intake = nobody
  const options = {
    handle,
    manualStart: true,
    onread: {
      buffer: () => intake.readTarget(scratch),
      callback: (byteCount: number, target: Buffer) => {
        intake.onBytes(target.subarray(0, byteCount))
        return true
      },
    },
  }
  // The types know not all of the options, so the constructor is called without them.
  const socket: unknown = Reflect.construct(Socket, [options])
  if (!(socket instanceof Socket)) return null
  return {
    socket,
    readFor: (choose) => {
      intake = choose((next) => {
        intake = next
      })
      socket.resume()
      socket.read(0)
    },
  }
}

/** The descriptor of a plain socket; -1 when it is closed, or keeps it to itself. */
export function descriptorOf(socket: object): number {
  const handle = handleOf(socket)
  return isHandle(handle) && 'fd' in handle && typeof handle.fd === 'number' ? handle.fd : -1
}
