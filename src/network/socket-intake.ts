// How bytes are read from accepted sockets: into one process-wide buffer, or straight into a frame
// that is half in. Node documents the `onread` option for client sockets only; an accepted socket
// gets it by handing its handle to a new Socket. That needs the internal `_handle`: this file alone
// knows it, and falls back to 'data' events where it is missing. Gain: about a third of the CPU of
// large produces, and no 64 KiB slab per read.
import { Socket } from 'node:net'
import { limits } from '../base/limits.ts'

/** Who takes the bytes of one socket. */
export interface Intake {
  /** Where the next read should go; `scratch` is the shared buffer. */
  readTarget(scratch: Buffer): Buffer
  /** Bytes that were read, valid until the call returns. */
  onBytes(bytes: Buffer): void
}

/** Readable bytes are reused by the next read of any socket. */
const scratch = Buffer.allocUnsafeSlow(limits.receiveBufferBytes)

interface SocketWithHandle {
  _handle: object | null
}

function hasHandle(socket: object): socket is SocketWithHandle {
  return '_handle' in socket && typeof socket._handle === 'object' && socket._handle !== null
}

/** The descriptor of a plain socket; -1 when it is closed, or keeps it to itself. */
export function descriptorOf(socket: object): number {
  if (!hasHandle(socket) || socket._handle === null || !('fd' in socket._handle)) return -1
  return typeof socket._handle.fd === 'number' ? socket._handle.fd : -1
}

/**
 * Takes over an accepted, paused socket. `bind` is called with the one to use from now on, before the
 * first byte is read; it says who reads, and may have somebody else read later by calling `become`.
 */
export function takeSocket(
  accepted: Socket,
  bind: (socket: Socket, become: (intake: Intake) => void) => Intake,
): void {
  // The new socket asks for its first buffer while it is made, before there is anyone to ask.
  let intake: Intake = { readTarget: () => scratch, onBytes: () => undefined }
  const socket = adopt(accepted, () => intake)
  intake = bind(socket ?? accepted, (next) => {
    intake = next
  })
  if (socket === null) {
    accepted.on('data', (bytes: Buffer) => intake.onBytes(bytes))
    accepted.resume()
    return
  }
  socket.resume()
  socket.read(0)
}

function adopt(accepted: Socket, intakeOf: () => Intake): Socket | null {
  if (!hasHandle(accepted)) return null
  let target: Buffer = scratch
  const options = {
    handle: accepted._handle,
    onread: {
      buffer: () => (target = intakeOf().readTarget(scratch)),
      callback: (byteCount: number) => {
        intakeOf().onBytes(target.subarray(0, byteCount))
        return true
      },
    },
  }
  accepted._handle = null
  accepted.destroy()
  // The types know neither option, so the constructor is called without them.
  const socket: unknown = Reflect.construct(Socket, [options])
  return socket instanceof Socket ? socket : null
}
