// What people do to a port who have no business there: each attack as a loop that goes on until it is told
// to end. Runs in a process of its own (process.ts).
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { encodeRequestFrame } from '../../test/support/wire-client.ts'

/** The ports of the broker's listeners, by their names. */
export type Ports = Readonly<Record<'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL', number>>

export interface Attack {
  readonly name: string
  readonly title: string
  /** Goes on until `ended` is aborted; returns what it did. */
  run(ports: Ports, ended: AbortSignal): Promise<Counts>
}

export interface Counts {
  /** Connections that were made. */
  readonly connections: number
  /** Connections that the broker had ended by the end. */
  readonly endedByBroker: number
}

const idleConnections = 10_000
const wave = 250
const failingPeers = 200
const dribblingPeers = 500
const slowPeers = 1000
const handshakers = 8
const dribbleMs = 50
const hugeFrameBytes = 90_000_000

/** Sockets that are counted, and gone at the end. */
class Peers {
  connections = 0
  endedByBroker = 0
  readonly #open = new Set<Socket>()
  readonly #ended: AbortSignal

  constructor(ended: AbortSignal) {
    this.#ended = ended
  }

  /** Resolves when it is connected, or could not be. */
  open(port: number): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port })
    this.watch(socket)
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(socket))
      socket.once('error', () => resolve(socket))
    })
  }

  watch(socket: Socket): void {
    this.connections += 1
    this.#open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#open.delete(socket)
      if (!this.#ended.aborted) this.endedByBroker += 1
    })
    socket.resume()
  }

  end(): Counts {
    for (const socket of this.#open) socket.destroy()
    return { connections: this.connections, endedByBroker: this.endedByBroker }
  }
}

async function until(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) await sleep(dribbleMs)
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

const idle: Attack = {
  name: 'idle',
  title: '10,000 connections that never log in',
  run: async (ports, ended) => {
    const peers = new Peers(ended)
    while (peers.connections < idleConnections && !ended.aborted) {
      await Promise.all(times(wave, () => peers.open(ports.SASL_PLAINTEXT)))
    }
    await until(ended)
    return peers.end()
  },
}

const header = { correlationId: 1, clientId: 'burglar' }
const handshakeFrame = encodeRequestFrame('SaslHandshake', 1, { mechanism: 'PLAIN' }, header)
const authBytes = Buffer.from('\0alice\0guess')
const guessFrame = encodeRequestFrame('SaslAuthenticate', 2, { authBytes }, header)

const badLogins: Attack = {
  name: 'bad-logins',
  title: '200 peers that guess passwords, each again and again',
  run: async (ports, ended) => {
    const peers = new Peers(ended)
    const guess = async (): Promise<void> => {
      while (!ended.aborted) {
        const socket = await peers.open(ports.SASL_PLAINTEXT)
        const closed = new Promise((resolve) => socket.once('close', resolve))
        socket.write(Buffer.concat([handshakeFrame, guessFrame]))
        await Promise.race([closed, until(ended)])
      }
    }
    await Promise.all(times(failingPeers, guess))
    return peers.end()
  },
}

const dribble: Attack = {
  name: 'dribble',
  title: '500 peers that announce 90 MB and send it byte by byte',
  run: async (ports, ended) => {
    const peers = new Peers(ended)
    const start = Buffer.alloc(64)
    start.writeInt32BE(hugeFrameBytes)
    await Promise.all(
      times(dribblingPeers, async () => {
        const socket = await peers.open(ports.PLAINTEXT)
        socket.write(start)
        while (!ended.aborted && !socket.destroyed) {
          await sleep(dribbleMs)
          socket.write(Buffer.of(0))
        }
      }),
    )
    return peers.end()
  },
}

/** The beginning of a TLS record, and of the ClientHello in it. */
const clientHelloStart = Buffer.from('1603010200010001fc0303', 'hex')

const slowTls: Attack = {
  name: 'slow-tls',
  title: '1,000 TLS handshakes that go on byte by byte',
  run: async (ports, ended) => {
    const peers = new Peers(ended)
    await Promise.all(
      times(slowPeers, async () => {
        const socket = await peers.open(ports.SSL)
        for (let at = 0; !ended.aborted && !socket.destroyed; at++) {
          socket.write(Buffer.of(clientHelloStart[at] ?? 0))
          await sleep(dribbleMs * 10)
        }
      }),
    )
    return peers.end()
  },
}

const handshakes: Attack = {
  name: 'handshakes',
  title: 'TLS handshakes, as many as one process can',
  run: async (ports, ended) => {
    const peers = new Peers(ended)
    const shake = async (): Promise<void> => {
      while (!ended.aborted) {
        const socket = connectTls({ host: '127.0.0.1', port: ports.SSL, rejectUnauthorized: false })
        peers.watch(socket)
        await new Promise((resolve) => {
          socket.once('secureConnect', resolve)
          socket.once('close', resolve)
        })
        socket.destroy()
      }
    }
    await Promise.all(times(handshakers, shake))
    return peers.end()
  },
}

export const attacks: readonly Attack[] = [idle, badLogins, dribble, slowTls, handshakes]
