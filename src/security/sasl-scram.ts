// SCRAM-SHA-256 and -512 (RFC 5802) as Kafka's brokers speak it, with delegation tokens in place of
// users where the client says tokenauth=true. A user that does not exist gets an exchange too, which
// fails at its end: the answers tell no one who exists.
import { timingSafeEqual } from 'node:crypto'
import type { ScramCredential, ScramMechanism } from '../catalog/credentials.ts'
import { scramHash, scramHmac } from './scram-keys.ts'
import { failed } from './sasl-server.ts'
import type { SaslIdentity, SaslServer, SaslStep } from './sasl-server.ts'

/** What an exchange needs to know. */
export interface ScramSecrets {
  user(mechanism: ScramMechanism, name: string): ScramCredential | null
  /** A delegation token that is valid now. */
  token(
    mechanism: ScramMechanism,
    tokenId: string,
  ): { readonly credential: ScramCredential; readonly identity: SaslIdentity } | null
  /** A credential that no password fits, always the same for the same name. */
  decoy(mechanism: ScramMechanism, name: string): ScramCredential
  /** A nonce: printable, without a comma. */
  nonce(): string
}

const saslName = '(?:[\\x01-\\x2b\\x2d-\\x3c\\x3e-\\x7f]|=2C|=3D)+'
const value = '[\\x01-\\x2b\\x2d-\\x7f]+'
const printable = '[\\x21-\\x2b\\x2d-\\x7e]+'
const base64 = '(?:[a-zA-Z0-9/+]{4})*(?:[a-zA-Z0-9/+]{3}=|[a-zA-Z0-9/+]{2}==)?'
const extensions = `(?:,[A-Za-z]+=${value})*`
const clientFirst = new RegExp(
  `^n,(?:a=(${saslName}))?,((?:m=${value},)?n=(${saslName}),r=(${printable})(${extensions}))$`,
)
const clientFinal = new RegExp(`^(c=${base64},r=(${printable})${extensions}),p=(${base64})$`)

/** What the first message settled. */
interface Exchange {
  readonly credential: ScramCredential
  readonly isDecoy: boolean
  readonly identity: SaslIdentity
  readonly clientFirstBare: string
  readonly serverFirst: string
  readonly nonce: string
}

export class ScramServer implements SaslServer {
  readonly #mechanism: ScramMechanism
  readonly #secrets: ScramSecrets
  #exchange: Exchange | null = null
  #isOver = false

  constructor(mechanism: ScramMechanism, secrets: ScramSecrets) {
    this.#mechanism = mechanism
    this.#secrets = secrets
  }

  evaluate(message: Buffer): SaslStep {
    if (this.#isOver) return failed('a message behind the end of the exchange')
    const text = message.toString('utf8')
    const step = this.#exchange === null ? this.#first(text) : this.#final(text, this.#exchange)
    this.#isOver = step.kind !== 'continue'
    return step
  }

  #first(text: string): SaslStep {
    const [, authorizationId, bare, name, clientNonce, more] = clientFirst.exec(text) ?? []
    if (bare === undefined || name === undefined || clientNonce === undefined) {
      return failed('the first message is not SCRAM')
    }
    const user = name.replaceAll('=2C', ',').replaceAll('=3D', '=')
    if (authorizationId !== undefined && authorizationId !== user) {
      const different = 'Client requested an authorization id that is different from username'
      return failed(different, `Authentication failed: ${different}`)
    }
    const found = /,tokenauth=true(?:,|$)/i.test(more ?? '')
      ? this.#secrets.token(this.#mechanism, user)
      : this.#userOf(user)
    const credential = found?.credential ?? this.#secrets.decoy(this.#mechanism, user)
    const nonce = `${clientNonce}${this.#secrets.nonce()}`
    const salt = credential.salt.toString('base64')
    const serverFirst = `r=${nonce},s=${salt},i=${credential.iterations}`
    this.#exchange = {
      credential,
      isDecoy: found === null,
      identity: found?.identity ?? { user, byToken: false, expiresAtMs: null },
      clientFirstBare: bare,
      serverFirst,
      nonce,
    }
    return { kind: 'continue', bytes: Buffer.from(serverFirst, 'utf8') }
  }

  #userOf(user: string): { credential: ScramCredential; identity: SaslIdentity } | null {
    const credential = this.#secrets.user(this.#mechanism, user)
    if (credential === null) return null
    return { credential, identity: { user, byToken: false, expiresAtMs: null } }
  }

  #final(text: string, exchange: Exchange): SaslStep {
    const [, withoutProof, nonce, proofText] = clientFinal.exec(text) ?? []
    if (withoutProof === undefined || proofText === undefined) {
      return failed('the final message is not SCRAM')
    }
    if (nonce !== exchange.nonce) return failed('the final message has another nonce')
    const { credential, identity, isDecoy } = exchange
    const authMessage = `${exchange.clientFirstBare},${exchange.serverFirst},${withoutProof}`
    const signature = scramHmac(this.#mechanism, credential.storedKey, authMessage)
    const proof = Buffer.from(proofText, 'base64')
    if (proof.length !== signature.length) return failed('the proof has the wrong length')
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ signature.readUInt8(index)))
    const storedKey = scramHash(this.#mechanism, clientKey)
    const fits = timingSafeEqual(storedKey, credential.storedKey)
    if (isDecoy) return failed('there is no such user or valid token')
    if (!fits) return failed(`wrong password of ${identity.user}`)
    const proofOfOurs = scramHmac(this.#mechanism, credential.serverKey, authMessage)
    const bytes = Buffer.from(`v=${proofOfOurs.toString('base64')}`, 'utf8')
    return { kind: 'done', bytes, identity }
  }
}
