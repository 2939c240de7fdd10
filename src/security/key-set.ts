// The public keys of a token issuer (a JSON Web Key Set, RFC 7517): fetched when first needed, again
// now and then, and sooner for a key that is not known yet, but not as often as clients please.
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { OauthSettings } from '../config/listener-security.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import { isObject } from './jwt.ts'

/** Gets the text behind a URL (https, http, file). */
export type FetchText = (url: string) => Promise<string>

export interface KeySetOptions {
  readonly settings: Pick<OauthSettings, 'refreshMs' | 'retryBackoffMs' | 'retryBackoffMaxMs'> & {
    readonly jwksUrl: string
  }
  readonly fetchText: FetchText
  readonly clock: Clock
  readonly logger: Logger
}

/** Unknown key ids fetch the set again at most this often. */
const unknownKeyFetchMs = 10_000

interface PublicKey {
  readonly keyId: string | null
  readonly key: KeyObject
}

export class KeySet {
  readonly #options: KeySetOptions
  #keys: readonly PublicKey[] = []
  #fetchedAtMs = -Infinity
  #triedAtMs = -Infinity
  #failureCount = 0
  #fetching: Promise<void> | null = null

  constructor(options: KeySetOptions) {
    this.#options = options
  }

  /** The keys that may have signed a token of this key id; all keys for a token without one. */
  async keysFor(keyId: string | null): Promise<readonly KeyObject[]> {
    const nowMs = this.#options.clock.monotonicMs()
    const isStale = nowMs - this.#fetchedAtMs >= this.#options.settings.refreshMs
    if (this.#keys.length === 0) await this.#fetchUnlessJustFailed(nowMs)
    // Old keys serve while new ones are on their way.
    else if (isStale) void this.#fetchUnlessJustFailed(nowMs)
    let found = this.#find(keyId)
    if (found.length === 0 && nowMs - this.#triedAtMs >= unknownKeyFetchMs) {
      await this.#fetchUnlessJustFailed(nowMs)
      found = this.#find(keyId)
    }
    return found
  }

  #find(keyId: string | null): readonly KeyObject[] {
    return this.#keys
      .filter((known) => keyId === null || known.keyId === null || known.keyId === keyId)
      .map(({ key }) => key)
  }

  #fetchUnlessJustFailed(nowMs: number): Promise<void> {
    if (this.#fetching !== null) return this.#fetching
    const { retryBackoffMs, retryBackoffMaxMs } = this.#options.settings
    const waitMs = Math.min(retryBackoffMaxMs, retryBackoffMs * 2 ** (this.#failureCount - 1))
    if (this.#failureCount > 0 && nowMs - this.#triedAtMs < waitMs) return Promise.resolve()
    this.#triedAtMs = nowMs
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  /** Never rejects: without keys no token is accepted, and the log says why. */
  async #fetch(): Promise<void> {
    const { settings, fetchText, logger, clock } = this.#options
    try {
      this.#keys = publicKeysOf(await fetchText(settings.jwksUrl))
      this.#fetchedAtMs = clock.monotonicMs()
      this.#failureCount = 0
      logger.info({ url: settings.jwksUrl, keys: this.#keys.length }, 'token keys fetched')
    } catch (error) {
      this.#failureCount += 1
      const reason = error instanceof Error ? error.message : String(error)
      const fields = { url: settings.jwksUrl, reason, failures: this.#failureCount }
      logger.warn(fields, 'token keys cannot be fetched')
    }
  }
}

/** The keys of a set that verify signatures. @throws Error: the text is no key set */
export function publicKeysOf(text: string): readonly PublicKey[] {
  const set: unknown = JSON.parse(text)
  if (!isObject(set) || !Array.isArray(set['keys'])) throw new Error('it is no JSON Web Key Set')
  const keys: PublicKey[] = []
  for (const jwk of set['keys']) {
    if (!isObject(jwk) || jwk['use'] === 'enc' || jwk['kty'] === 'oct') continue
    const keyId = typeof jwk['kid'] === 'string' ? jwk['kid'] : null
    const key = publicKeyOf(jwk)
    if (key !== null) keys.push({ keyId, key })
  }
  return keys
}

/** Null for a key of a kind that Node does not know: others of the set may do. */
function publicKeyOf(jwk: Readonly<Record<string, unknown>>): KeyObject | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}
