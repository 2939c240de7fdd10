// The client's side of SASL: PLAIN, SCRAM with users and delegation tokens, OAUTHBEARER with a token that is
// there already.
import { timingSafeEqual } from 'node:crypto'
import type { Random } from '../io/random.ts'
import { iterationsMin, saltedPassword, scramHash, scramHmac } from '../security/scram-keys.ts'
import { ClientConfigRefused, type ClientSasl } from './client-security.ts'
import type { ServerConnection } from './connection.ts'
import { ClientError, throwOnError } from './errors.ts'

export interface LoginContext {
  readonly random: Random
  readonly nowMs: number
  readonly readFile: (path: string) => Buffer
}

/** Logs in on a new connection. @throws ClientError SASL_AUTHENTICATION_FAILED, ClientConfigRefused */
export async function logIn(
  connection: ServerConnection,
  sasl: ClientSasl,
  context: LoginContext,
): Promise<void> {
  const { mechanism } = sasl
  const handshake = await connection.call('SaslHandshake', { mechanism })
  throwOnError(
    handshake.errorCode,
    `Client SASL mechanism '${mechanism}' not enabled in the server, enabled mechanisms are [${handshake.mechanisms.join(', ')}]`,
  )
  const step = async (message: string): Promise<string> => {
    const authBytes = Buffer.from(message, 'utf8')
    const answer = await connection.call('SaslAuthenticate', { authBytes })
    throwOnError(answer.errorCode, answer.errorMessage)
    return answer.authBytes.toString('utf8')
  }
  switch (mechanism) {
    case 'PLAIN':
      await step(`\0${option(sasl, 'username')}\0${option(sasl, 'password')}`)
      return
    case 'OAUTHBEARER':
      return logInWithToken(tokenOf(sasl, context), step)
    default:
      return logInByScram(mechanism, sasl, context, step)
  }
}

type Step = (message: string) => Promise<string>

function option({ options }: ClientSasl, name: string): string {
  const value = options.get(name)
  if (value !== undefined) return value
  throw new ClientConfigRefused(`sasl.jaas.config has no option ${name}`)
}

async function logInByScram(
  mechanism: Exclude<ClientSasl['mechanism'], 'PLAIN' | 'OAUTHBEARER'>,
  sasl: ClientSasl,
  { random }: LoginContext,
  step: Step,
): Promise<void> {
  const user = option(sasl, 'username').replaceAll('=', '=3D').replaceAll(',', '=2C')
  const clientNonce = random.bytes(24).toString('base64url')
  const isToken = sasl.options.get('tokenauth')?.toLowerCase() === 'true'
  const first = `n=${user},r=${clientNonce}${isToken ? ',tokenauth=true' : ''}`
  const serverFirst = await step(`n,,${first}`)
  const { nonce, salt, iterations } =
    /^r=(?<nonce>[^,]+),s=(?<salt>[^,]+),i=(?<iterations>\d+)/.exec(serverFirst)?.groups ?? {
      nonce: '',
    }
  if (nonce === undefined || salt === undefined || !nonce.startsWith(clientNonce)) {
    throw failure('Invalid SASL/SCRAM response from server')
  }
  if (Number(iterations) < iterationsMin) {
    throw failure(`Requested iterations ${iterations} is less than the minimum ${iterationsMin}`)
  }
  const how = { salt: Buffer.from(salt, 'base64'), iterations: Number(iterations) }
  const salted = saltedPassword(mechanism, option(sasl, 'password'), how)
  const finalBare = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`
  const authMessage = `${first},${serverFirst},${finalBare}`
  const clientKey = scramHmac(mechanism, salted, 'Client Key')
  const signature = scramHmac(mechanism, scramHash(mechanism, clientKey), authMessage)
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
  const serverFinal = await step(`${finalBare},p=${Buffer.from(proof).toString('base64')}`)
  const expected = scramHmac(mechanism, scramHmac(mechanism, salted, 'Server Key'), authMessage)
  const shown = Buffer.from(/^v=([^,]+)/.exec(serverFinal)?.[1] ?? '', 'base64')
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) {
    throw failure('Invalid server signature in server final message')
  }
}

async function logInWithToken(token: string, step: Step): Promise<void> {
  const answer = await step(`n,,\x01auth=Bearer ${token}\x01\x01`)
  if (answer === '') return
  // The server has said why and waits for the client to give up.
  await step('\x01')
  throw failure(answer)
}

/** The token of the file, or an unsigned one with the claims of the login module's options. */
function tokenOf({ options, tokenFile }: ClientSasl, context: LoginContext): string {
  if (tokenFile !== null) return context.readFile(tokenFile).toString('utf8').trim()
  const prefix = 'unsecuredLoginStringClaim_'
  const claims = [...options].flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
  )
  if (!claims.some(([name]) => name === 'sub')) {
    throw new ClientConfigRefused(
      'OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url with a file: URL, or unsecuredLoginStringClaim_sub in sasl.jaas.config',
    )
  }
  const seconds = Math.floor(context.nowMs / 1000)
  const lifetimeSeconds = Number(options.get('unsecuredLoginLifetimeSeconds') ?? 3600)
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const payload = { iat: seconds, exp: seconds + lifetimeSeconds, ...Object.fromEntries(claims) }
  return `${encode({ alg: 'none' })}.${encode(payload)}.`
}

function failure(message: string): ClientError {
  return new ClientError('SASL_AUTHENTICATION_FAILED', message)
}
