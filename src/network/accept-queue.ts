// Holds new connections back where they come faster than they may (KIP-612), as Kafka's acceptor
// does: the next of a listener waits behind the one that waits. Bytes stay where they are meanwhile.
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Arrival, ConnectionQuotas } from '../security/connection-quotas.ts'

/** What is held of a connection. */
export type HeldSocket = Pick<Socket, 'on' | 'destroy' | 'destroyed'>

export interface AcceptQueueOptions {
  readonly quotas: ConnectionQuotas
  readonly clock: Clock
  /** As many wait on a listener, more are closed: socket.listen.backlog.size. */
  readonly backlogMax: () => number
}

interface Waiting {
  readonly socket: HeldSocket
  readonly arrival: () => Arrival
  readonly enter: () => void
}

/** As many connections that are over the quota of their address wait for their end. */
const condemnedMax = 1000

export class AcceptQueue {
  readonly #options: AcceptQueueOptions
  /** By listener; the first in each waits for the time, the others for the first. */
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #condemned = new Set<HeldSocket>()
  readonly #timers = new Set<Cancel>()

  constructor(options: AcceptQueueOptions) {
    this.#options = options
  }

  /** Runs `enter` when the connection may come in: usually at once. */
  offer(listenerName: string, waiting: Waiting): void {
    const queue = this.#waiting.get(listenerName)
    if (queue === undefined) return this.#admit(listenerName, [waiting])
    if (queue.length > this.#options.backlogMax()) {
      waiting.socket.destroy()
      return
    }
    hold(waiting.socket)
    queue.push(waiting)
  }

  /** Closes all that wait. */
  close(): void {
    for (const cancel of this.#timers) cancel()
    for (const queue of this.#waiting.values()) for (const { socket } of queue) socket.destroy()
    for (const socket of this.#condemned) socket.destroy()
    this.#waiting.clear()
    this.#condemned.clear()
  }

  #admit(listenerName: string, queue: Waiting[]): void {
    this.#waiting.delete(listenerName)
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { socket, arrival, enter } = next
      if (socket.destroyed) continue
      const { quotas, clock } = this.#options
      const admission = quotas.admit(arrival(), Math.floor(clock.monotonicMs()))
      if (admission.kind === 'is-closed') {
        this.#condemn(socket, admission.afterMs)
        continue
      }
      if (admission.afterMs === 0) {
        enter()
        continue
      }
      hold(socket)
      this.#waiting.set(listenerName, [next, ...queue])
      this.#later(admission.afterMs, () => this.#enterFirst(listenerName))
      return
    }
  }

  /** The first has been counted: it comes in, and the next is looked at. */
  #enterFirst(listenerName: string): void {
    const [first, ...others] = this.#waiting.get(listenerName) ?? []
    if (first !== undefined && !first.socket.destroyed) first.enter()
    this.#admit(listenerName, others)
  }

  #condemn(socket: HeldSocket, afterMs: number): void {
    if (this.#condemned.size >= condemnedMax) {
      socket.destroy()
      return
    }
    hold(socket)
    this.#condemned.add(socket)
    this.#later(afterMs, () => {
      this.#condemned.delete(socket)
      socket.destroy()
    })
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      run()
    })
    this.#timers.add(cancel)
  }
}

/** A peer that goes while it waits is no error of anybody's. */
function hold(socket: HeldSocket): void {
  socket.on('error', () => socket.destroy())
}
