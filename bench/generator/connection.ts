// A connection that costs the generator next to nothing: frames go out as they are, and of what comes
// back only the first bytes of each frame are looked at.
import { connect, type Socket } from 'node:net'

const sizePrefixBytes = 4
const receiveBufferBytes = 1 << 20
/** Enough of a Produce or Fetch response of one partition to see its error and size. */
const headBytesMax = 512

/** All connections receive into one buffer: it is read before the next callback. */
const receiveBuffer = Buffer.allocUnsafe(receiveBufferBytes)

export interface ConnectionEvents {
  /** `head` holds the frame's first bytes, without the size; `frameBytes` is its whole size. */
  onFrame(head: Buffer, frameBytes: number): void
  onBroken(error: Error): void
}

export class Connection {
  readonly #socket: Socket
  readonly #events: ConnectionEvents
  readonly #head = Buffer.alloc(sizePrefixBytes + headBytesMax)
  #have = 0
  #size = -1
  #ended = false

  private constructor(port: number, events: ConnectionEvents) {
    this.#events = events
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: receiveBuffer,
        callback: (bytes, buffer) => {
          this.#receive(bytes, buffer)
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#broken(error))
    this.#socket.on('close', () => this.#broken(new Error('the broker closed a connection')))
  }

  static open(port: number, events: ConnectionEvents): Promise<Connection> {
    const connection = new Connection(port, events)
    return new Promise((resolve, reject) => {
      connection.#socket.once('connect', () => resolve(connection))
      connection.#socket.once('error', reject)
    })
  }

  send(frame: Buffer): void {
    this.#socket.write(frame)
  }

  end(): void {
    this.#ended = true
    this.#socket.destroy()
  }

  #broken(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#events.onBroken(error)
  }

  #receive(bytes: number, buffer: Uint8Array): void {
    let at = 0
    while (at < bytes && !this.#ended) {
      const wanted = (this.#size < 0 ? sizePrefixBytes : this.#size) - this.#have
      const taken = Math.min(wanted, bytes - at)
      if (this.#have < this.#head.length) {
        this.#head.set(
          buffer.subarray(at, Math.min(at + taken, at + this.#head.length - this.#have)),
          this.#have,
        )
      }
      this.#have += taken
      at += taken
      if (this.#size < 0 && this.#have === sizePrefixBytes) {
        this.#size = sizePrefixBytes + this.#head.readInt32BE(0)
      }
      if (this.#have === this.#size) this.#frame()
    }
  }

  #frame(): void {
    const size = this.#size
    this.#have = 0
    this.#size = -1
    const head = this.#head.subarray(sizePrefixBytes, Math.min(size, this.#head.length))
    this.#events.onFrame(head, size - sizePrefixBytes)
  }
}
