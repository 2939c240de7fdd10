// Which quota holds for a client, and what the client has used of it (KIP-13, KIP-55, KIP-124,
// KIP-599): the most exact of Kafka's eight kinds of rules, a look-up per request that is remembered
// until a rule changes. Decides throttle times; who waits for them is the network's business.
import { quotaEntityKey } from '../catalog/quota-image.ts'
import type { EntityQuotas } from '../catalog/quota-image.ts'
import { AverageSensor, RateSensor, TokenBucket, throttleMsMax } from './quota-sensors.ts'
import type { QuotaWindows } from './quota-sensors.ts'

/** Who uses the broker. */
export interface QuotaClient {
  /** Type and name, e.g. User:alice; quotas know the name. */
  readonly principal: string
  readonly clientId: string | null
}

export type RateKey = 'producer_byte_rate' | 'consumer_byte_rate' | 'request_percentage'
type QuotaKey = RateKey | 'controller_mutation_rate'

interface Limited<Sensor> {
  readonly limit: number
  readonly sensor: Sensor
}

/** Those who share a quota; null where it does not tell them apart. */
interface Sharers {
  readonly user: string | null
  readonly clientId: string | null
}

/** What a quota's sharers have used of it lately. */
class RateUse {
  readonly rate: RateSensor
  /** Of what was throttled; null: nothing was. */
  throttleMs: AverageSensor | null = null

  constructor(windows: QuotaWindows) {
    this.rate = new RateSensor(windows)
  }
}

/** For metrics: what a quota's sharers use, and how they are throttled. Empty: not told apart. */
export interface QuotaUse {
  readonly user: string
  readonly clientId: string
  /** Per second, as the quota is said. */
  readonly rate: number
  /** Of throttled requests, on average. */
  readonly throttleMs: number
}

/** As many clients are remembered before those are forgotten that use nothing. */
const rememberedMax = 10_000

/** The rules of one key, and who has used what. `Sensor` counts the use. */
class KeyedQuotas<Sensor> {
  readonly #newSensor: () => Sensor
  readonly #isIdle: (sensor: Sensor, limit: number) => boolean
  #rules: ReadonlyMap<string, number> = new Map()
  /** By those who share a quota. */
  readonly #sensors = new Map<string, Limited<Sensor> & Sharers>()
  /** By user, then client id. */
  readonly #remembered = new Map<string, Map<string, Limited<Sensor> | null>>()
  #rememberedCount = 0

  constructor(newSensor: () => Sensor, isIdle: (sensor: Sensor, limit: number) => boolean) {
    this.#newSensor = newSensor
    this.#isIdle = isIdle
  }

  get isSet(): boolean {
    return this.#rules.size > 0
  }

  /** What was used stays used under the new rules. */
  setRules(rules: ReadonlyMap<string, number>): void {
    this.#rules = rules
    this.#forget()
    if (rules.size === 0) this.#sensors.clear()
  }

  /** The limit of a client and the sensor that counts for it; null: unlimited. */
  of({ principal, clientId }: QuotaClient): Limited<Sensor> | null {
    if (!this.isSet) return null
    const user = principal.slice(principal.indexOf(':') + 1)
    const client = clientId ?? ''
    const known = this.#remembered.get(user)?.get(client)
    if (known !== undefined) return known
    const found = this.#find(user, client)
    if (this.#rememberedCount >= rememberedMax) this.#forget()
    const clients = this.#remembered.get(user) ?? new Map<string, Limited<Sensor> | null>()
    if (clients.size === 0) this.#remembered.set(user, clients)
    clients.set(client, found)
    this.#rememberedCount += 1
    return found
  }

  /** Those who have used something that is limited. */
  sharers(): Iterable<Limited<Sensor> & Sharers> {
    return this.#sensors.values()
  }

  #find(user: string, client: string): Limited<Sensor> | null {
    const named = client !== ''
    for (const rule of ruleKeys(user, client)) {
      if (rule.perClient && !named) continue
      const limit = this.#rules.get(rule.key)
      if (limit === undefined) continue
      // Clients that a rule does not tell apart share what it allows.
      const sharers = {
        user: rule.perUser ? user : null,
        clientId: rule.perClient ? client : null,
      }
      const key = JSON.stringify([sharers.user, sharers.clientId])
      const sensor = this.#sensors.get(key)?.sensor ?? this.#newSensor()
      const entry = { ...sharers, sensor, limit }
      this.#sensors.set(key, entry)
      return entry
    }
    return null
  }

  #forget(): void {
    this.#remembered.clear()
    this.#rememberedCount = 0
    for (const [sharers, { sensor, limit }] of this.#sensors) {
      if (this.#isIdle(sensor, limit)) this.#sensors.delete(sharers)
    }
  }
}

interface RuleKey {
  readonly key: string
  readonly perUser: boolean
  readonly perClient: boolean
}

/** The rules that may hold for a client, most exact first, as Kafka orders them. */
function* ruleKeys(user: string, client: string): Iterable<RuleKey> {
  const both = { perUser: true, perClient: true }
  const userOnly = { perUser: true, perClient: false }
  const clientOnly = { perUser: false, perClient: true }
  yield { key: entityKey(user, client), ...both }
  yield { key: entityKey(user, null), ...both }
  yield { key: entityKey(user), ...userOnly }
  yield { key: entityKey(null, client), ...both }
  yield { key: entityKey(null, null), ...both }
  yield { key: entityKey(null), ...userOnly }
  yield { key: entityKey(undefined, client), ...clientOnly }
  yield { key: entityKey(undefined, null), ...clientOnly }
}

function entityKey(user?: string | null, client?: string | null): string {
  const entity = new Map<string, string | null>()
  if (client !== undefined) entity.set('client-id', client)
  if (user !== undefined) entity.set('user', user)
  return quotaEntityKey(entity)
}

export interface ClientQuotasOptions {
  /** quota.window.num and quota.window.size.seconds. */
  readonly windows: QuotaWindows
  /** controller.quota.window.num and controller.quota.window.size.seconds. */
  readonly controllerWindows: QuotaWindows
  /** Ms; never goes back. */
  readonly nowMs: () => number
}

/** What a request may change, counted in partitions (KIP-599). */
export interface MutationQuota {
  /** Counts the change; false: it may not be made now. */
  tryTake(partitionCount: number): boolean
  /** How long the client has to wait now. */
  throttleMs(): number
}

const unlimitedMutations: MutationQuota = { tryTake: () => true, throttleMs: () => 0 }

export class ClientQuotas {
  readonly #options: ClientQuotasOptions
  readonly #rates: Readonly<Record<RateKey, KeyedQuotas<RateUse>>>
  readonly #mutations: KeyedQuotas<TokenBucket>
  #enabled = false

  constructor(options: ClientQuotasOptions) {
    this.#options = options
    const { windows, controllerWindows, nowMs } = options
    const rates = (): KeyedQuotas<RateUse> =>
      new KeyedQuotas(
        () => new RateUse(windows),
        ({ rate }) => rate.isIdle(nowMs()),
      )
    this.#rates = {
      producer_byte_rate: rates(),
      consumer_byte_rate: rates(),
      request_percentage: rates(),
    }
    this.#mutations = new KeyedQuotas(
      () => new TokenBucket(controllerWindows),
      (bucket, limit) => bucket.isIdle(limit, nowMs()),
    )
  }

  /** False while nobody is limited: nothing needs to be counted. */
  get enabled(): boolean {
    return this.#enabled
  }

  /** Share of the broker's time is limited for somebody. */
  get countsTime(): boolean {
    return this.#rates.request_percentage.isSet
  }

  setRules(quotas: Iterable<EntityQuotas>): void {
    const rules: Record<QuotaKey, Map<string, number>> = {
      producer_byte_rate: new Map(),
      consumer_byte_rate: new Map(),
      request_percentage: new Map(),
      controller_mutation_rate: new Map(),
    }
    for (const { entity, values } of quotas) {
      const key = quotaEntityKey(entity)
      for (const [name, value] of values) if (isQuotaKey(name)) rules[name].set(key, value)
    }
    this.#rates.producer_byte_rate.setRules(rules.producer_byte_rate)
    this.#rates.consumer_byte_rate.setRules(rules.consumer_byte_rate)
    this.#rates.request_percentage.setRules(rules.request_percentage)
    this.#mutations.setRules(rules.controller_mutation_rate)
    this.#enabled = Object.values(rules).some(({ size }) => size > 0)
  }

  /** Counts bytes that have been appended; how long their client is throttled, in ms. */
  produced(client: QuotaClient, byteLength: number): number {
    return this.#charge('producer_byte_rate', client, byteLength)
  }

  /**
   * Counts bytes that are about to be sent; how long their client is throttled, in ms. If it is,
   * nothing counts: the bytes are not to be sent.
   */
  fetched(client: QuotaClient, byteLength: number): number {
    const throttleMs = this.#charge('consumer_byte_rate', client, byteLength)
    if (throttleMs > 0) this.giveBack(client, byteLength)
    return throttleMs
  }

  /** Takes bytes off what the client has fetched: they were not sent. */
  giveBack(client: QuotaClient, byteLength: number): void {
    this.#rates.consumer_byte_rate
      .of(client)
      ?.sensor.rate.record(-byteLength, this.#options.nowMs())
  }

  /** The most bytes that a client who has used nothing lately gets without being throttled. */
  fetchBytesMax(client: QuotaClient): number {
    const limited = this.#rates.consumer_byte_rate.of(client)
    const { sampleCount, sampleMs } = this.#options.windows
    if (limited === null) return Number.MAX_SAFE_INTEGER
    return Math.floor((limited.limit * (sampleCount - 1) * sampleMs) / 1000)
  }

  /** Counts time of the event loop; how long the client is throttled, in ms. */
  spent(client: QuotaClient, durationMs: number): number {
    // In percent of one second, as the quota is said.
    const throttleMs = this.#charge('request_percentage', client, durationMs / 10)
    return Math.min(throttleMs, throttleMsMax(this.#options.windows))
  }

  /**
   * The quota on changes to topics. `strict`: a change is refused while more is owed than has come;
   * else all are made, and the client waits afterwards.
   */
  mutations(client: QuotaClient, strict: boolean): MutationQuota {
    const limited = this.#mutations.of(client)
    if (limited === null) return unlimitedMutations
    const { sensor, limit } = limited
    const { nowMs } = this.#options
    let owes = false
    return {
      tryTake: (partitionCount) => {
        if (strict && sensor.throttleMs(limit, nowMs()) > 0) {
          owes = true
          return false
        }
        sensor.take(partitionCount, limit, nowMs())
        owes ||= !strict && sensor.throttleMs(limit, nowMs()) > 0
        return true
      },
      throttleMs: () => (owes ? sensor.throttleMs(limit, nowMs()) : 0),
    }
  }

  /** What those under a quota use now, by quota. */
  *use(key: RateKey): Iterable<QuotaUse> {
    const nowMs = this.#options.nowMs()
    for (const { user, clientId, sensor } of this.#rates[key].sharers()) {
      const throttleMs = sensor.throttleMs?.average(nowMs) ?? 0
      yield {
        user: user ?? '',
        clientId: clientId ?? '',
        rate: sensor.rate.rate(nowMs),
        throttleMs,
      }
    }
  }

  #charge(key: RateKey, client: QuotaClient, value: number): number {
    const limited = this.#rates[key].of(client)
    if (limited === null) return 0
    const { limit, sensor } = limited
    const nowMs = this.#options.nowMs()
    sensor.rate.record(value, nowMs)
    const throttleMs = sensor.rate.throttleMs(limit, nowMs)
    if (throttleMs > 0) {
      sensor.throttleMs ??= new AverageSensor(this.#options.windows)
      sensor.throttleMs.record(throttleMs, nowMs)
    }
    return throttleMs
  }
}

function isQuotaKey(key: string): key is QuotaKey {
  return (
    key === 'producer_byte_rate' ||
    key === 'consumer_byte_rate' ||
    key === 'request_percentage' ||
    key === 'controller_mutation_rate'
  )
}
