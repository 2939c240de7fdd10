// SASL PLAIN (RFC 4616) as Kafka's brokers speak it: one message with user and password, compared with
// the users of the JAAS line in a time that does not tell how wrong it was.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { JaasEntry } from '../config/jaas.ts'
import { failed, noBytes } from './sasl-server.ts'
import type { SaslServer, SaslStep } from './sasl-server.ts'

const userPrefix = 'user_'
const tokenCount = 3

/** An exchange with the users of `jaas`: the options user_<name>="<password>". */
export function startPlain(jaas: readonly JaasEntry[]): SaslServer {
  return { evaluate: (message) => evaluate(message, jaas) }
}

function evaluate(message: Buffer, jaas: readonly JaasEntry[]): SaslStep {
  const tokens = message.toString('utf8').split('\0')
  const [authorizationId = '', user = '', password = ''] = tokens
  if (tokens.length !== tokenCount) {
    // Kafka stops counting at four.
    const count = Math.min(tokens.length, tokenCount + 1)
    const text = `Invalid SASL/PLAIN response: expected 3 tokens, got ${count}`
    return failed('the message is not PLAIN', text)
  }
  if (user === '') return refusal('username not specified')
  if (password === '') return refusal('password not specified')
  const expected = passwordOf(user, jaas)
  // Without such a user the comparison is made all the same.
  const equal = timingSafeEqual(digest(expected ?? ''), digest(password))
  if (expected === null) return refusal('Invalid username or password', 'there is no such user')
  if (!equal) return refusal('Invalid username or password', `wrong password of ${user}`)
  if (authorizationId !== '' && authorizationId !== user) {
    return refusal('Client requested an authorization id that is different from username')
  }
  return { kind: 'done', bytes: noBytes, identity: { user, byToken: false, expiresAtMs: null } }
}

function passwordOf(user: string, jaas: readonly JaasEntry[]): string | null {
  for (const { module, options } of jaas) {
    if (!module.endsWith('PlainLoginModule')) continue
    const password = options.get(`${userPrefix}${user}`)
    if (password !== undefined) return password
  }
  return null
}

function refusal(text: string, reason = text): SaslStep {
  return failed(reason, `Authentication failed: ${text}`)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}
