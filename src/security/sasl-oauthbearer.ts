// SASL OAUTHBEARER (RFC 7628, KIP-255) as Kafka's brokers speak it: a bearer token in the first message.
// A token that does not do is answered with a JSON status; the client acknowledges, and is refused.
import type { MaybePromise } from '../base/maybe-promise.ts'
import { failed, noBytes } from './sasl-server.ts'
import type { SaslServer, SaslStep } from './sasl-server.ts'

export type TokenOutcome =
  | { readonly ok: true; readonly user: string; readonly expiresAtMs: number }
  | {
      readonly ok: false
      readonly status: 'invalid_token' | 'insufficient_scope'
      readonly scope: string | null
      readonly reason: string
    }

/** Checks a bearer token. */
export type CheckToken = (token: string) => MaybePromise<TokenOutcome>

const saslName = '(?:[\\x01-\\x2b\\x2d-\\x3c\\x3e-\\x7f]|=2C|=3D)+'
const firstMessage = new RegExp(
  `^n,(?:a=(${saslName}))?,\\x01((?:[A-Za-z]+=[\\x21-\\x7e \\t\\r\\n]+\\x01)*)\\x01$`,
)
const bearer = /^(\w+) +([-_~+/.a-zA-Z0-9]+=*)$/
const acknowledgement = 1

export class OauthServer implements SaslServer {
  readonly #check: CheckToken
  /** What the client was told of its token, and why. */
  #refusal: { readonly told: string; readonly reason: string } | null = null
  #isOver = false

  constructor(check: CheckToken) {
    this.#check = check
  }

  evaluate(message: Buffer): MaybePromise<SaslStep> {
    if (this.#isOver) return failed('a message behind the end of the exchange')
    const refusal = this.#refusal
    if (refusal !== null && message.length === 1 && message.readUInt8(0) === acknowledgement) {
      this.#isOver = true
      return failed(refusal.reason, refusal.told)
    }
    const parsed = parseFirst(message)
    if ('kind' in parsed) {
      this.#isOver = true
      return parsed
    }
    return this.#checked(parsed.token, parsed.authorizationId)
  }

  async #checked(token: string, authorizationId: string): Promise<SaslStep> {
    const outcome = await this.#check(token)
    if (!outcome.ok) {
      const scope = outcome.scope === null ? '' : `, "scope":"${outcome.scope}"`
      const told = `{"status":"${outcome.status}"${scope}}`
      this.#refusal = { told, reason: outcome.reason }
      return { kind: 'continue', bytes: Buffer.from(told, 'utf8') }
    }
    this.#isOver = true
    const { user, expiresAtMs } = outcome
    if (authorizationId !== '' && authorizationId !== user) {
      const text = `Authentication failed: Client requested an authorization id (${authorizationId}) that is different from the token's principal name (${user})`
      return failed('another authorization id than the user of the token', text)
    }
    return { kind: 'done', bytes: noBytes, identity: { user, byToken: false, expiresAtMs } }
  }
}

function parseFirst(
  message: Buffer,
): { readonly token: string; readonly authorizationId: string } | (SaslStep & { kind: 'failed' }) {
  const [, authorizationId = '', pairs] = firstMessage.exec(message.toString('utf8')) ?? []
  if (pairs === undefined) return failed('the message is not OAUTHBEARER')
  const auth = pairs.split('\x01').find((pair) => pair.startsWith('auth='))
  if (auth === undefined) return failed('the message holds no token')
  const [, scheme = '', token] = bearer.exec(auth.slice('auth='.length)) ?? []
  if (token === undefined) return failed('the message holds no token')
  if (scheme.toLowerCase() !== 'bearer') return failed('the token is not of the scheme Bearer')
  return { token, authorizationId }
}
