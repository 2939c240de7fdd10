// A connection that speaks bytes: sends whatever it is told to, cuts what comes back into frames, and
// tells an answer from a close and from silence. For tests of what no well-behaved client sends.
import { connect, type Socket } from 'node:net'

const sizePrefixBytes = 4
const connectMillisMax = 10_000

/** What came of a request: a frame (without its size prefix), the end of the connection, or nothing. */
export type Outcome = Buffer | 'closed' | 'silent'

interface Waiter {
  settle(outcome: Outcome): void
}

export class RawConnection {
  readonly #socket: Socket
  readonly #frames: Buffer[] = []
  readonly #waiters: Waiter[] = []
  #chunks: Buffer[] = []
  #bytes = 0
  #closed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => this.#finish()) // a reset is a close like any other
    socket.on('close', () => this.#finish())
  }

  /** Connects to "host:port". */
  static open(bootstrap: string): Promise<RawConnection> {
    const separator = bootstrap.lastIndexOf(':')
    const host = bootstrap.slice(0, separator)
    const port = Number(bootstrap.slice(separator + 1))
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port })
      socket.setTimeout(connectMillisMax, () => socket.destroy(new Error('no connection in time')))
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.setTimeout(0)
        socket.off('error', reject)
        resolve(new RawConnection(socket))
      })
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Resolves when the bytes were handed to the system, or dropped because the peer is gone. */
  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) resolve()
      else this.#socket.write(bytes, () => resolve())
    })
  }

  /** The next frame in order of arrival; 'silent' when there is none in time. */
  next(timeoutMs: number): Promise<Outcome> {
    const frame = this.#frames.shift()
    if (frame !== undefined) return Promise.resolve(frame)
    if (this.#closed) return Promise.resolve('closed')
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        resolve('silent')
      }, timeoutMs)
      const waiter: Waiter = {
        settle: (outcome) => {
          clearTimeout(timer)
          resolve(outcome)
        },
      }
      this.#waiters.push(waiter)
    })
  }

  /** Stops taking bytes from the socket, as a slow peer does; `resume` goes on. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes >= sizePrefixBytes) {
      const joined = this.#joined(sizePrefixBytes)
      const frameBytes = joined.readInt32BE(0)
      const end = sizePrefixBytes + frameBytes
      if (frameBytes < 0) {
        this.#socket.destroy(new Error(`the broker announced a frame of ${frameBytes} bytes`))
        return
      }
      if (this.#bytes < end) return
      const whole = this.#joined(end)
      const frame = whole.subarray(sizePrefixBytes, end)
      this.#chunks = whole.length > end ? [whole.subarray(end)] : []
      this.#bytes -= end
      const waiter = this.#waiters.shift()
      if (waiter === undefined) this.#frames.push(frame)
      else waiter.settle(frame)
    }
  }

  /** The first chunk, with as many more as it takes to hold `bytes` in one. */
  #joined(bytes: number): Buffer {
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= bytes) return first
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }

  #finish(): void {
    if (this.#closed) return
    this.#closed = true
    for (const waiter of this.#waiters.splice(0)) waiter.settle('closed')
  }
}
