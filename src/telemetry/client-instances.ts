// The clients that ask for subscriptions and push (KIP-714): who is known, and who comes too early.
// Decides as Kafka's ClientMetricsManager does. Pure.
import { assert } from '../base/assert.ts'
import { secondMs } from '../base/units.ts'

/** As many clients are known as in Kafka; then those unheard of for longest are forgotten. */
export const instancesMax = 16_384
const expiryMinMs = 60 * secondMs
/** A client that misses so many pushes is forgotten. */
const missedPushes = 3

/** What one client is subscribed to. */
export interface ClientSubscription {
  /** Another one when metrics or interval are others; never the same for two clients but by chance. */
  readonly id: number
  /** Beginnings of names; `*` alone: all; none: nothing is to be pushed. */
  readonly metrics: readonly string[]
  readonly intervalMs: number
}

export class ClientInstance {
  readonly id: string
  readonly subscription: ClientSubscription
  /** The version of all subscriptions that `subscription` was worked out from. */
  readonly version: number
  expiresMs = Infinity
  /** It has said that it pushes for the last time. */
  terminating = false
  #askedMs = -Infinity
  #pushedMs = -Infinity

  constructor(id: string, subscription: ClientSubscription, version: number) {
    this.id = id
    this.subscription = subscription
    this.version = version
  }

  /** Whether it may ask now: not again within the interval. */
  mayAsk(nowMs: number): boolean {
    if (nowMs - Math.max(this.#askedMs, this.#pushedMs) < this.subscription.intervalMs) return false
    this.#askedMs = nowMs
    return true
  }

  /**
   * Whether it may push now. The first push after it asked may come early: clients spread their
   * first push over the interval.
   */
  mayPush(nowMs: number): boolean {
    const isFirst = this.#askedMs > this.#pushedMs
    if (!isFirst && nowMs - this.#pushedMs < this.subscription.intervalMs) return false
    this.#pushedMs = nowMs
    return true
  }
}

export class ClientInstances {
  /** Those heard of last are last. */
  readonly #instances = new Map<string, ClientInstance>()

  get size(): number {
    return this.#instances.size
  }

  /** Of those that are not yet expired. */
  of(id: string, nowMs: number): ClientInstance | undefined {
    const instance = this.#instances.get(id)
    if (instance === undefined || instance.expiresMs > nowMs) return instance
    this.#instances.delete(id)
    return undefined
  }

  /** The client was heard of: it is known for some time more. */
  touch(instance: ClientInstance, nowMs: number): void {
    instance.expiresMs = nowMs + lifetimeMs(instance.subscription.intervalMs)
    this.#instances.delete(instance.id)
    this.#instances.set(instance.id, instance)
    for (const [id, oldest] of this.#instances) {
      if (oldest.expiresMs > nowMs && this.#instances.size <= instancesMax) break
      this.#instances.delete(id)
    }
    assert(this.#instances.size <= instancesMax, 'the known clients are bounded')
  }

  forget(id: string): void {
    this.#instances.delete(id)
  }
}

/** How long a client is known that is not heard of. */
export function lifetimeMs(intervalMs: number): number {
  return Math.max(expiryMinMs, missedPushes * intervalMs)
}
