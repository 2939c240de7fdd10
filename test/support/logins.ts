// What clients may try at a broker that asks who they are: every mechanism with what is right, and with what
// is wrong in the ways that happen. The clients themselves are in login-clients.ts.
import { generateKeyPairSync } from 'node:crypto'
import type { DelegationTokenPassword, ListenerName, SecureBroker } from './secure-broker.ts'

/** How a log-in ends, by whose fault. Each client has its own words for each. */
export type Outcome =
  | 'logs in'
  | 'PLAIN refused'
  | 'SCRAM refused'
  | 'token refused'
  | 'broker not trusted'
  | 'broker expired'
  | 'certificate missing'
  | 'certificate of a stranger'
  | 'certificate expired'

/** The directory with ca.pem, client.pem and client-key.pem. */
type Certificates = string

export interface Login {
  readonly name: string
  readonly listener: ListenerName
  /** What the client trusts, on TLS listeners. */
  readonly trusts: Certificates
  readonly shows: Certificates | null
  readonly sasl: SaslLogin | null
  readonly expected: Outcome
}

export type SaslLogin =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly user: string
      readonly password: string
      /** User and password are a delegation token's. */
      readonly isToken?: boolean
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string }

const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

export async function allLogins(secure: SecureBroker): Promise<readonly Login[]> {
  return [
    ...certificateLogins(secure),
    ...passwordLogins(secure),
    ...oauthLogins(secure),
    ...(await delegationTokenLogins(secure)),
  ]
}

function certificateLogins({ certs, strangers, expired }: SecureBroker): Login[] {
  const tls = (name: string, listener: ListenerName, expected: Outcome): Login => {
    return { name, listener, trusts: certs, shows: null, sasl: null, expected }
  }
  return [
    tls('TLS', 'SSL', 'logs in'),
    { ...tls('TLS, another authority', 'SSL', 'broker not trusted'), trusts: strangers },
    tls('TLS, expired certificate of the broker', 'EXPIRED', 'broker expired'),
    { ...tls('mTLS', 'MTLS', 'logs in'), shows: certs },
    tls('mTLS, no certificate', 'MTLS', 'certificate missing'),
    { ...tls('mTLS, a stranger’s', 'MTLS', 'certificate of a stranger'), shows: strangers },
    { ...tls('mTLS, expired', 'MTLS', 'certificate expired'), shows: expired },
  ]
}

function passwordLogins({ certs }: SecureBroker): Login[] {
  const logins: Login[] = []
  for (const mechanism of ['PLAIN', ...scramMechanisms] as const) {
    const isPlain = mechanism === 'PLAIN'
    const [user, password] = isPlain ? ['alice', 'alice-secret'] : ['bob', 'bob-secret']
    const refused = isPlain ? 'PLAIN refused' : 'SCRAM refused'
    const tries = [
      { name: mechanism, listener: 'SASL_PLAINTEXT', user, password, expected: 'logs in' },
      { name: 'over TLS', listener: 'SASL_SSL', user, password, expected: 'logs in' },
      { name: 'wrong password', listener: 'SASL_SSL', user, password: 'wrong', expected: refused },
      { name: 'unknown user', listener: 'SASL_SSL', user: 'nobody', password, expected: refused },
    ] as const
    for (const { name, listener, expected, ...who } of tries) {
      const full = name === mechanism ? name : `${mechanism}, ${name}`
      const sasl = { mechanism, user: who.user, password: who.password }
      logins.push({ name: full, listener, trusts: certs, shows: null, sasl, expected })
    }
  }
  return logins
}

function oauthLogins({ certs, token }: SecureBroker): Login[] {
  const strangeKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const tries: readonly [string, string, Outcome][] = [
    ['OAUTHBEARER', token({}), 'logs in'],
    ['OAUTHBEARER, expired', token({ exp: 1000, iat: 900 }), 'token refused'],
    ['OAUTHBEARER, of another issuer', token({ iss: 'x' }), 'token refused'],
    ['OAUTHBEARER, for another audience', token({ aud: ['x'] }), 'token refused'],
    ['OAUTHBEARER, signed by a stranger', token({}, strangeKey), 'token refused'],
  ]
  return tries.map(([name, value, expected]) => {
    const sasl = { mechanism: 'OAUTHBEARER', token: value } as const
    return { name, listener: 'SASL_SSL', trusts: certs, shows: null, sasl, expected }
  })
}

async function delegationTokenLogins(secure: SecureBroker): Promise<Login[]> {
  const known = await secure.delegationToken({ expired: false })
  const expired = await secure.delegationToken({ expired: true })
  const login = (name: string, token: DelegationTokenPassword, expected: Outcome): Login[] =>
    scramMechanisms.map((mechanism) => ({
      name: `token by ${mechanism}${name}`,
      listener: 'SASL_SSL',
      trusts: secure.certs,
      shows: null,
      sasl: { mechanism, user: token.id, password: token.password, isToken: true },
      expected,
    }))
  return [
    ...login('', known, 'logs in'),
    ...login(', wrong', { ...known, password: 'wrong' }, 'SCRAM refused'),
    ...login(', expired', expired, 'SCRAM refused'),
  ]
}
