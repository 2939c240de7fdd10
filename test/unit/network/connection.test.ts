import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/base/limits.ts'
import { KiB, MiB } from '../../../src/base/units.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { LogFields } from '../../../src/io/logger.ts'
import type { Outcome } from '../../../src/handlers/served-api.ts'
import { AnswerTurns } from '../../../src/network/answer-turns.ts'
import { IdlePoll } from '../../../src/network/idle-poll.ts'
import type { HeldAnswers } from '../../../src/network/answer-turns.ts'
import { Connection } from '../../../src/network/connection.ts'
import type { ClientSocket } from '../../../src/network/connection.ts'
import { FrameMemory } from '../../../src/network/frame-memory.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

/** A socket that keeps what is written and says it was sent when told to. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 50_000
  readonly written: Buffer[] = []
  readonly callbacks: (() => void)[] = []
  writableLength = 0
  paused = false
  destroyed = false
  setNoDelay = () => this
  isCorked = false
  #corked: Buffer[] = []

  cork(): void {
    this.isCorked = true
  }

  uncork(): void {
    this.isCorked = false
    this.written.push(...this.#corked)
    this.#corked = []
  }

  write(bytes: Buffer, callback?: () => void): boolean {
    if (this.isCorked) this.#corked.push(bytes)
    else this.written.push(bytes)
    if (callback !== undefined) this.callbacks.push(callback)
    return true
  }

  pause(): this {
    this.paused = true
    return this
  }

  resume(): this {
    this.paused = false
    return this
  }

  end(done?: () => void): this {
    done?.()
    return this
  }

  destroy(): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.emit('close')
    return this
  }

  destroySoon(): void {
    this.destroy()
  }

  get text(): string {
    return Buffer.concat(this.written).toString()
  }
}

/** Each request is one letter; `pending` requests are answered through `answers`. */
function createConnection(
  options: { pending?: string; pass?: string; silent?: string; turns?: AnswerTurns } = {},
) {
  const clock = new SimClock()
  const socket = new FakeSocket()
  const begun: string[] = []
  const bugs: unknown[] = []
  const told: [event: string, reason: unknown][] = []
  const answers = new Map<string, (outcome: Outcome) => void>()
  const connection = new Connection({
    connectionId: 1,
    socket: socket as unknown as ClientSocket,
    descriptor: null,
    listenerName: 'PLAINTEXT',
    securityProtocol: 'PLAINTEXT',
    principal: 'User:ANONYMOUS',
    login: null,
    advertised: { host: 'localhost', port: 9092 },
    memory: new FrameMemory({ bytesMax: 16 * MiB }),
    turns: options.turns ?? new AnswerTurns(),
    idlePoll: new IdlePoll({ nowMs: () => 0 }),
    frameBytesMax: 1 * MiB,
    processor: {
      begin: (frame) => {
        const name = frame.toString()
        begun.push(name)
        if (options.silent?.includes(name) === true) return 'no-answer'
        if (options.pending?.includes(name) !== true) return encoded(name)
        return new Promise((resolve) => answers.set(name, resolve))
      },
      letsOthersPass: (frame) => options.pass?.includes(frame.toString()) ?? false,
      onBug: (error) => bugs.push(error),
    },
    logger: {
      ...silentLogger,
      info: (fields: LogFields, event: string) => void told.push([event, fields['reason']]),
    },
    nowMs: () => clock.monotonicMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
    onClosed: () => undefined,
  })
  return { clock, socket, begun, bugs, told, answers, connection }
}

const encoded = (text: string): Outcome => ({
  chunks: [Buffer.from(text)],
  byteLength: text.length,
})

const settled = () => new Promise((resolve) => setImmediate(resolve))

function requests(letters: string): Buffer {
  return Buffer.concat(
    [...letters].map((letter) => Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from(letter)])),
  )
}

describe('Connection', () => {
  test('pipelined requests are answered in order', () => {
    const { socket, connection } = createConnection()
    connection.onBytes(requests('abc'))
    expect(socket.text).toBe('abc')
  })

  test('a muted connection begins nothing and reads no further until the time is over', () => {
    const { clock, socket, begun, connection } = createConnection()
    connection.onBytes(requests('a'))
    connection.mute(300)
    expect(connection.isMuted).toBe(true)
    connection.onBytes(requests('bc'))
    expect(begun.join('')).toBe('a')
    expect(socket.paused).toBe(true)
    clock.advance(299)
    expect(begun.join('')).toBe('a')
    clock.advance(1)
    expect(begun.join('')).toBe('abc')
    expect([socket.paused, connection.isMuted]).toEqual([false, false])
  })

  test('the longer of two mutings counts', () => {
    const { clock, begun, connection } = createConnection()
    connection.mute(300)
    connection.mute(100)
    connection.onBytes(requests('a'))
    clock.advance(200)
    expect(begun).toEqual([])
    connection.mute(500)
    clock.advance(499)
    expect(begun).toEqual([])
    clock.advance(1)
    expect(begun).toEqual(['a'])
  })

  test('a muted connection that ends leaves no timer', () => {
    const { clock, connection } = createConnection()
    connection.mute(300)
    connection.close()
    connection.mute(300)
    expect(clock.timerCount).toBe(0)
  })

  test('a waiting request that lets others pass delays answers, not requests', async () => {
    const { socket, begun, answers, connection } = createConnection({ pending: 'f', pass: 'f' })
    connection.onBytes(requests('afbc'))
    expect(begun.join('')).toBe('afbc')
    expect(socket.text).toBe('a')
    answers.get('f')?.(encoded('f'))
    await settled()
    expect(socket.text).toBe('afbc')
  })

  test('a waiting request that lets nobody pass holds its own connection up', async () => {
    const { socket, begun, answers, connection } = createConnection({ pending: 'j' })
    connection.onBytes(requests('ajbc'))
    expect(begun.join('')).toBe('aj')
    expect(socket.paused).toBe(true)
    answers.get('j')?.(encoded('j'))
    await settled()
    expect(begun.join('')).toBe('ajbc')
    expect(socket.text).toBe('ajbc')
    expect(socket.paused).toBe(false)
  })

  test('a connection that waits is still read while nothing more arrives: its end is noticed', async () => {
    const { socket, begun, answers, connection } = createConnection({ pending: 'j' })
    connection.onBytes(requests('j'))
    expect(socket.paused).toBe(false)
    connection.onBytes(requests('b'))
    expect(socket.paused).toBe(true)
    expect(begun.join('')).toBe('j')
    answers.get('j')?.(encoded('j'))
    await settled()
    expect(socket.text).toBe('jb')
    expect(socket.paused).toBe(false)
  })

  test('reading pauses when too many requests are in flight', () => {
    const { socket, begun, connection } = createConnection({ pending: 'f', pass: 'f' })
    connection.onBytes(requests('f'.repeat(limits.inFlightRequestsMax + 10)))
    expect(begun).toHaveLength(limits.inFlightRequestsMax)
    expect(socket.paused).toBe(true)
    expect(socket.written).toHaveLength(0)
  })

  test('large answers that wait behind another count as unread: no more requests begin', async () => {
    const { socket, begun, answers, connection } = createConnection({ pending: 'ab', pass: 'ab' })
    const large = Buffer.alloc(limits.sendQueueBytesMax)
    connection.onBytes(requests('ab'))
    answers.get('b')?.({ chunks: [large], byteLength: large.length })
    await settled()
    connection.onBytes(requests('c'))
    connection.onBytes(requests('d'))
    expect(begun.join('')).toBe('abc')
    answers.get('a')?.(encoded('a'))
    await settled()
    expect(begun.join('')).toBe('abcd')
    expect(socket.written.length).toBe(4)
  })

  describe('in a crowd', () => {
    /** Turns that hold whatever they are asked about, until they are ended by hand. */
    function createCrowd() {
      const held: HeldAnswers[] = []
      const turns = new AnswerTurns()
      turns.holds = (answers) => held.push(answers) > 0
      return { turns, end: () => held.splice(0).forEach((answers) => answers.flush()) }
    }

    test('answers are sent when the turn ends, also those to parked requests', async () => {
      const { turns, end } = createCrowd()
      const { socket, answers, connection } = createConnection({ turns, pending: 'b' })
      connection.onBytes(requests('a'))
      connection.onBytes(requests('b'))
      expect(socket.text).toBe('')
      end()
      expect(socket.text).toBe('a')
      answers.get('b')?.(encoded('b'))
      await settled()
      expect(socket.text).toBe('a')
      end()
      expect(socket.text).toBe('ab')
    })

    test('a large answer is sent at once, behind those that were held', async () => {
      const { turns } = createCrowd()
      const { socket, answers, connection } = createConnection({ turns, pending: 'b' })
      connection.onBytes(requests('ab'))
      const large = Buffer.alloc(64 * KiB, 'L')
      answers.get('b')?.({ chunks: [large], byteLength: large.length })
      await settled()
      expect(socket.text).toBe(`a${large.toString()}`)
    })

    test('what is held is sent before the connection is closed', () => {
      const { turns } = createCrowd()
      const { socket, connection } = createConnection({ turns })
      connection.onBytes(requests('a'))
      connection.close()
      expect(socket.text).toBe('a')
    })
  })

  test('a peer that does not read its answers is not read from', () => {
    const { socket, begun, connection } = createConnection()
    socket.writableLength = limits.sendQueueBytesMax
    connection.onBytes(requests('ab'))
    expect(begun.join('')).toBe('a')
    expect(socket.paused).toBe(true)
    socket.writableLength = 0
    socket.emit('drain')
    expect(begun.join('')).toBe('ab')
    expect(socket.paused).toBe(false)
  })

  test('a request without an answer leaves no gap', async () => {
    const { socket, answers, connection } = createConnection({
      silent: 's',
      pending: 'f',
      pass: 'f',
    })
    connection.onBytes(requests('asbfsc'))
    expect(socket.text).toBe('ab')
    answers.get('f')?.(encoded('f'))
    await settled()
    expect(socket.text).toBe('abfc')
  })

  test('records on loan are given back once written, and also when the connection is gone', async () => {
    let releasedCount = 0
    const loan = (): Outcome => ({
      chunks: [
        { bytes: Buffer.from('r'), byteLength: 1, release: () => (releasedCount += 1) } as never,
      ],
      byteLength: 1,
    })
    const { socket, answers, connection } = createConnection({ pending: 'xy', pass: 'xy' })
    connection.onBytes(requests('xy'))
    answers.get('x')?.(loan())
    await settled()
    expect(socket.text).toBe('r')
    expect(releasedCount).toBe(0)
    socket.callbacks[0]?.()
    expect(releasedCount).toBe(1)
    connection.close()
    answers.get('y')?.(loan())
    await settled()
    expect(releasedCount).toBe(2)
  })

  test('listeners hear of the end of the connection once', () => {
    const { connection } = createConnection()
    let count = 0
    connection.onClose(() => (count += 1))
    const cancel = connection.onClose(() => (count += 10))
    cancel()
    connection.close()
    connection.close()
    expect(count).toBe(1)
  })

  test('draining tells parked requests, once', () => {
    const { connection } = createConnection({ pending: 'f', pass: 'f' })
    connection.onBytes(requests('f'))
    let told = 0
    connection.onDrain(() => (told += 1))
    const cancel = connection.onDrain(() => (told += 10))
    cancel()
    connection.drain()
    expect(told).toBe(1)
  })

  test('draining answers what is in flight, begins nothing more, and closes', async () => {
    const { socket, begun, answers, connection } = createConnection({ pending: 'f', pass: 'f' })
    connection.onBytes(requests('f'))
    connection.drain()
    connection.onBytes(requests('b'))
    expect(begun.join('')).toBe('f')
    answers.get('f')?.(encoded('f'))
    await settled()
    expect(socket.text).toBe('f')
    expect(socket.destroyed).toBe(true)
  })

  test('a client that leaves within a request is explained, one that leaves between them is not', () => {
    const torn = createConnection()
    torn.connection.onBytes(Buffer.from([0, 0, 0, 9, 1, 2]))
    torn.socket.destroy()
    expect(torn.told).toEqual([
      ['connection broken', expect.stringMatching(/^the client left within a request, \d bytes/)],
    ])
    const whole = createConnection()
    whole.connection.onBytes(requests('ab'))
    whole.socket.destroy()
    expect(whole.told).toEqual([])
  })

  test.each([
    ['ETIMEDOUT', true],
    ['EHOSTUNREACH', true],
    ['ECONNRESET', false],
    ['EPIPE', false],
  ])('a socket that fails with %s is explained: %s', (code, isExplained) => {
    const { socket, told } = createConnection()
    socket.emit('error', Object.assign(new Error(`read ${code}`), { code }))
    socket.destroy()
    expect(told).toEqual(isExplained ? [['connection broken', `read ${code}`]] : [])
  })

  test('what we end ourselves was explained where it was decided', () => {
    const { connection, told } = createConnection()
    connection.onBytes(Buffer.from([0, 0, 0, 9, 1, 2]))
    connection.close()
    expect(told).toEqual([])
  })
})
