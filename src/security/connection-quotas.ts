// How fast connections may come (KIP-612): over all listeners, per listener and per address. Decides
// who waits and who is turned away; the network makes them wait. Pure.
import type { EntityQuotas } from '../catalog/quota-image.ts'
import { canonicalHost } from './host.ts'
import { RateSensor, throttleMsMax } from './quota-sensors.ts'
import type { QuotaWindows } from './quota-sensors.ts'

const rateKey = 'connection_creation_rate'
/** As many addresses are counted before those are forgotten from which nobody came lately. */
const countedMax = 10_000

export interface Arrival {
  readonly listenerName: string
  readonly address: string
  /** New connections per second: of the broker, and of the listener. */
  readonly limits: { readonly broker: number; readonly listener: number }
}

/** A connection enters after a delay, or is closed after one; ms. */
export type Admission =
  | { readonly kind: 'enters'; readonly afterMs: number }
  | { readonly kind: 'is-closed'; readonly afterMs: number }

export class ConnectionQuotas {
  readonly #windows: QuotaWindows
  readonly #broker: RateSensor
  readonly #listeners = new Map<string, RateSensor>()
  readonly #addresses = new Map<string, RateSensor>()
  #rules: ReadonlyMap<string, number> = new Map()
  #fallback: number | null = null

  constructor(windows: QuotaWindows) {
    this.#windows = windows
    this.#broker = new RateSensor(windows)
  }

  /** Some address has a quota. */
  get hasRules(): boolean {
    return this.#rules.size > 0 || this.#fallback !== null
  }

  /** Takes the quotas of addresses; others are not for here. */
  setRules(quotas: Iterable<EntityQuotas>): void {
    const rules = new Map<string, number>()
    this.#fallback = null
    for (const { entity, values } of quotas) {
      const address = entity.get('ip')
      const rate = values.get(rateKey)
      if (address === undefined || rate === undefined) continue
      if (address === null) this.#fallback = rate
      else rules.set(canonicalHost(address), rate)
    }
    this.#rules = rules
    if (!this.hasRules) this.#addresses.clear()
  }

  /** Counts a connection that is there, and says what becomes of it. */
  admit({ listenerName, address, limits }: Arrival, nowMs: number): Admission {
    const listener = this.#listeners.get(listenerName) ?? new RateSensor(this.#windows)
    this.#listeners.set(listenerName, listener)
    const afterMs = Math.max(
      this.#count(this.#broker, limits.broker, nowMs),
      this.#count(listener, limits.listener, nowMs),
    )
    const limit = this.hasRules ? (this.#rules.get(canonicalHost(address)) ?? this.#fallback) : null
    if (limit === null) return { kind: 'enters', afterMs }
    const sensor = this.#sensorOf(address, nowMs)
    const closeMs = this.#count(sensor, limit, nowMs)
    if (closeMs === 0) return { kind: 'enters', afterMs }
    // It never comes in: it has not been there.
    for (const counted of [this.#broker, listener, sensor]) counted.record(-1, nowMs)
    return { kind: 'is-closed', afterMs: closeMs }
  }

  #count(sensor: RateSensor, limit: number, nowMs: number): number {
    sensor.record(1, nowMs)
    return Math.min(sensor.throttleMs(limit, nowMs), throttleMsMax(this.#windows))
  }

  #sensorOf(address: string, nowMs: number): RateSensor {
    const known = this.#addresses.get(address)
    if (known !== undefined) return known
    if (this.#addresses.size >= countedMax) {
      for (const [name, sensor] of this.#addresses)
        if (sensor.isIdle(nowMs)) this.#addresses.delete(name)
    }
    const sensor = new RateSensor(this.#windows)
    this.#addresses.set(address, sensor)
    return sensor
  }
}
