// A connection whose first bytes are HTTP, as a stream for an HTTP server: the socket stays with the
// listener, which reads it in its own way.
import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { Intake } from './socket-intake.ts'

/** Methods as the first four bytes of a request. */
const methods = new Set(
  ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'OPTI', 'PATC', 'TRAC', 'CONN'].map((text) =>
    Buffer.from(text, 'latin1').readInt32BE(0),
  ),
)
const requestLineBytesMin = 'GET / HTTP/1.1'.length
const methodCharsMax = 'OPTIONS '.length

/**
 * Whether a connection begins with an HTTP request. Read as Kafka the same bytes are a frame of a
 * gigabyte of an API that does not exist.
 */
export function beginsWithHttp(bytes: Buffer): boolean {
  if (bytes.length < requestLineBytesMin || !methods.has(bytes.readInt32BE(0))) return false
  return /^[A-Z]{3,7} [/*h]/.test(bytes.toString('latin1', 0, methodCharsMax + 1))
}

type HttpSocket = Pick<Socket, 'on' | 'write' | 'end' | 'destroy' | 'pause' | 'resume'>

export class HttpStream extends Duplex implements Intake {
  readonly #socket: HttpSocket

  constructor(socket: HttpSocket) {
    super({ allowHalfOpen: false })
    this.#socket = socket
    socket.on('end', () => this.push(null))
    socket.on('close', () => this.destroy())
  }

  readTarget(scratch: Buffer): Buffer {
    return scratch
  }

  onBytes(bytes: Buffer): void {
    if (this.destroyed) return
    // The bytes are only borrowed.
    if (!this.push(Buffer.from(bytes))) this.#socket.pause()
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(
    chunk: Uint8Array | string,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
