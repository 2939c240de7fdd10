// Starts SASL sessions with everything that their mechanisms need: users, tokens, keys. One for the
// broker; what it keeps are caches.
import { createHmac } from 'node:crypto'
import type { Credentials, ScramCredential, ScramMechanism } from '../catalog/credentials.ts'
import type { MechanismSettings, SaslMechanism, SaslSettings } from '../config/listener-security.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { KeySet } from './key-set.ts'
import type { FetchText } from './key-set.ts'
import { checkSignedToken, checkUnsignedToken } from './oauth-tokens.ts'
import { OauthServer } from './sasl-oauthbearer.ts'
import { startPlain } from './sasl-plain.ts'
import { ScramServer } from './sasl-scram.ts'
import type { ScramSecrets } from './sasl-scram.ts'
import type { SaslIdentity, SaslServer } from './sasl-server.ts'
import { SaslSession } from './sasl-session.ts'
import { credentialOf, iterationsMin, scramHash } from './scram-keys.ts'
import { tokenHmac, tokenPassword } from './token-keys.ts'

export interface SaslMechanismsOptions {
  /** Users and tokens as they are now. */
  readonly credentials: Credentials
  /** delegation.token.secret.key as it is now. */
  readonly tokenSecret: () => string | null
  readonly clock: Clock
  readonly random: Random
  readonly fetchText: FetchText
  readonly logger: Logger
}

const saltBytes = 20
const nonceBytes = 24
const decoySecretBytes = 32
/** Salted credentials of tokens that are kept, each some milliseconds of work. */
const tokenCredentialsMax = 1000
const userType = 'User:'

export class SaslMechanisms {
  readonly #options: SaslMechanismsOptions
  readonly #decoySecret: Buffer
  readonly #tokenCredentials = new Map<string, ScramCredential>()
  readonly #keySets = new Map<string, KeySet>()

  constructor(options: SaslMechanismsOptions) {
    this.#options = options
    this.#decoySecret = options.random.bytes(decoySecretBytes)
  }

  /** A new session of a listener with these settings. */
  session(settings: SaslSettings): SaslSession {
    const settingsOf = (name: string): [SaslMechanism, MechanismSettings] | null => {
      const mechanism = settings.mechanisms.find((enabled) => enabled === name)
      const own = mechanism === undefined ? undefined : settings.byMechanism.get(mechanism)
      return mechanism === undefined || own === undefined ? null : [mechanism, own]
    }
    return new SaslSession({
      mechanisms: settings.mechanisms,
      start: (name) => {
        const found = settingsOf(name)
        if (found === null) throw new TypeError('a session starts what it offers')
        return this.#start(...found)
      },
      maxReauthMs: (name) => settingsOf(name)?.[1].maxReauthMs ?? 0,
    })
  }

  #start(mechanism: SaslMechanism, settings: MechanismSettings): SaslServer {
    switch (mechanism) {
      case 'PLAIN':
        return startPlain(settings.jaas)
      case 'SCRAM-SHA-256':
      case 'SCRAM-SHA-512':
        return new ScramServer(mechanism, this.#scramSecrets)
      case 'OAUTHBEARER':
        return this.#startOauth(settings)
    }
  }

  #startOauth(settings: MechanismSettings): SaslServer {
    const { clock } = this.#options
    const { jwksUrl } = settings.oauth
    if (jwksUrl === null) {
      return new OauthServer((token) => checkUnsignedToken(token, settings, clock.nowMs()))
    }
    const keys = this.#keySet({ ...settings.oauth, jwksUrl })
    const by = { keys, nowMs: () => clock.nowMs() }
    return new OauthServer((token) => checkSignedToken(token, settings, by))
  }

  #keySet(settings: MechanismSettings['oauth'] & { readonly jwksUrl: string }): KeySet {
    const known = this.#keySets.get(settings.jwksUrl)
    if (known !== undefined) return known
    const { fetchText, clock, logger } = this.#options
    const keys = new KeySet({ settings, fetchText, clock, logger })
    this.#keySets.set(settings.jwksUrl, keys)
    return keys
  }

  readonly #scramSecrets: ScramSecrets = {
    user: (mechanism, name) => this.#options.credentials.scram(mechanism, name) ?? null,
    token: (mechanism, tokenId) => this.#token(mechanism, tokenId),
    decoy: (mechanism, name) => this.#decoy(mechanism, name),
    nonce: () => this.#options.random.bytes(nonceBytes).toString('base64url'),
  }

  #token(
    mechanism: ScramMechanism,
    tokenId: string,
  ): { credential: ScramCredential; identity: SaslIdentity } | null {
    const secret = this.#options.tokenSecret()
    const token = this.#options.credentials.token(tokenId)
    const nowMs = this.#options.clock.nowMs()
    if (secret === null || token === undefined) return null
    if (token.expiryMs < nowMs || token.maxMs < nowMs) return null
    const user = token.owner.startsWith(userType) ? token.owner.slice(userType.length) : token.owner
    return {
      credential: this.#tokenCredential(mechanism, tokenId, secret),
      identity: { user, byToken: true, expiresAtMs: token.expiryMs },
    }
  }

  #tokenCredential(mechanism: ScramMechanism, tokenId: string, secret: string): ScramCredential {
    const key = `${mechanism} ${tokenId}`
    const known = this.#tokenCredentials.get(key)
    if (known !== undefined) return known
    const how = { salt: this.#options.random.bytes(saltBytes), iterations: iterationsMin }
    const password = tokenPassword(tokenHmac(secret, tokenId))
    const credential = credentialOf(mechanism, password, how)
    if (this.#tokenCredentials.size >= tokenCredentialsMax) this.#tokenCredentials.clear()
    this.#tokenCredentials.set(key, credential)
    return credential
  }

  #decoy(mechanism: ScramMechanism, name: string): ScramCredential {
    const salt = createHmac('sha256', this.#decoySecret).update(`${mechanism} ${name}`).digest()
    const key = scramHash(mechanism, salt)
    return {
      salt: salt.subarray(0, saltBytes),
      iterations: iterationsMin,
      storedKey: key,
      serverKey: key,
    }
  }
}
