// The last values that clients pushed, for those who watch the broker; bounded, and forgotten some
// time after the client's last push.
import { assert } from '../base/assert.ts'
import type { PushedValue } from './otlp.ts'

/** Values of all clients together; beyond it new ones are dropped. */
export const valuesMax = 100_000
/** Values of one client. */
export const valuesPerClientMax = 2_000

export interface PushingClient {
  readonly clientInstanceId: string
  readonly clientId: string
}

/** A metric of a client as it stands. */
export interface ClientMetric {
  readonly client: PushingClient
  readonly metric: string
  readonly attributes: ReadonlyMap<string, string>
  /** False: a sum, of everything since this broker heard of it first. */
  readonly isGauge: boolean
  readonly value: number
}

interface Held {
  readonly client: PushingClient
  readonly values: Map<string, { -readonly [Key in keyof ClientMetric]: ClientMetric[Key] }>
  expiresMs: number
}

export class PushedMetrics {
  readonly #clients = new Map<string, Held>()
  #count = 0

  /** Takes what was pushed; false: some of it found no room. */
  take(
    client: PushingClient,
    values: readonly PushedValue[],
    times: { readonly nowMs: number; readonly lifetimeMs: number },
  ): boolean {
    this.#forgetExpired(times.nowMs)
    const id = client.clientInstanceId
    const held = this.#clients.get(id) ?? { client, values: new Map(), expiresMs: 0 }
    held.expiresMs = times.nowMs + times.lifetimeMs
    this.#clients.set(id, held)
    let isWhole = true
    for (const value of values) isWhole = this.#takeOne(held, value) && isWhole
    return isWhole
  }

  /** Everything that is known now. */
  *all(nowMs: number): IterableIterator<ClientMetric> {
    this.#forgetExpired(nowMs)
    for (const { values } of this.#clients.values()) yield* values.values()
  }

  #takeOne({ client, values }: Held, pushed: PushedValue): boolean {
    const { metric, attributes, kind, value } = pushed
    const isGauge = kind === 'gauge'
    const key = JSON.stringify([metric, isGauge, ...attributes])
    const known = values.get(key)
    if (known !== undefined) {
      known.value = kind === 'delta' ? known.value + value : value
      return true
    }
    if (values.size >= valuesPerClientMax || this.#count >= valuesMax) return false
    values.set(key, { client, metric, attributes, isGauge, value })
    this.#count += 1
    return true
  }

  #forgetExpired(nowMs: number): void {
    for (const [id, { values, expiresMs }] of this.#clients) {
      if (expiresMs > nowMs) continue
      this.#clients.delete(id)
      this.#count -= values.size
    }
    assert(this.#count >= 0 && this.#count <= valuesMax, 'the values of clients are bounded')
  }
}
