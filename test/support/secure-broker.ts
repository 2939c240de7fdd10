// A broker with a listener of every kind, certificates of its own, and users of every mechanism: for the
// tests of clients that must prove who they are.
import { X509Certificate, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SystemRandom } from '../../src/io/random.ts'
import { devPassword, makeDevCerts } from '../../src/security/dev-certs.ts'
import { writePkcs12 } from '../../src/security/pkcs12-writer.ts'
import { makeCertificate, toPem } from '../../src/security/x509.ts'
import type { Identity } from '../../src/security/x509.ts'
import { newDataDirectory, startTestBroker } from './broker.ts'
import type { TestBroker } from './broker.ts'
import { WireClient } from './wire-client.ts'

const dayMs = 86_400_000
const random = new SystemRandom()
const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const listenerNames = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'MTLS', 'SASL_SSL', 'EXPIRED'] as const
export type ListenerName = (typeof listenerNames)[number]

export interface SecureBroker {
  readonly broker: TestBroker
  /** host:port of a listener. */
  at(listener: ListenerName): string
  /** The files of `ottla dev-certs`, of the authority that the broker trusts. */
  readonly certs: string
  /** As `certs`, of an authority that the broker does not know. */
  readonly strangers: string
  /** As `certs`, of the same authority, and expired. */
  readonly expired: string
  /** The path of a file of `certs`. */
  file(name: string): string
  /** The path of a file of `strangers`. */
  strangeFile(name: string): string
  /** A token of the issuer that the broker trusts. */
  token(claims: Readonly<Record<string, unknown>>, signWith?: KeyObject): string
  /** A new delegation token of the user alice. */
  delegationToken(kind: { readonly expired: boolean }): Promise<DelegationTokenPassword>
}

/** What one logs in with by SCRAM. */
export interface DelegationTokenPassword {
  readonly id: string
  readonly password: string
}

/** Writes certificates into a new directory, which disappears with the test process. */
export function writeDevCerts(): string {
  const directory = newDataDirectory()
  const files = makeDevCerts({
    directory,
    hosts: ['localhost', '127.0.0.1'],
    nowMs: Date.now(),
    random,
  })
  for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes)
  return directory
}

/** Certificates of the authority in `certs` that have expired: server.p12, client.p12 and client.pem. */
function writeExpiredCerts(certs: string): string {
  const directory = newDataDirectory()
  const authority = authorityIn(certs)
  for (const role of ['server', 'client'] as const) {
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const { certificate } = makeCertificate({
      commonName: 'expired',
      role,
      hosts: ['localhost', '127.0.0.1'],
      key,
      serial: random.bytes(15),
      fromMs: Date.now() - 2 * dayMs,
      untilMs: Date.now() - dayMs,
      issuer: authority,
    })
    const chain = [certificate, authority.certificate]
    const store = { password: devPassword, salt: random.bytes(20), trusted: [] }
    const write = (name: string, text: string | Buffer): void =>
      writeFileSync(join(directory, name), text)
    write(`${role}.p12`, writePkcs12({ ...store, key: { name: role, key, chain } }))
    write(`${role}.pem`, toPem('CERTIFICATE', certificate))
    write(`${role}-key.pem`, key.export({ type: 'pkcs8', format: 'pem' }))
  }
  return directory
}

function authorityIn(certs: string): Identity {
  const pem = readFileSync(join(certs, 'ca.pem'))
  const key = createPrivateKey(readFileSync(join(certs, 'ca-key.pem')))
  const certificate = new X509Certificate(pem).raw
  // Its name as DER, which Node does not tell: that of another certificate of the same name.
  const wish = { commonName: 'Ottla development CA', role: 'authority', issuer: null } as const
  const times = { fromMs: 0, untilMs: dayMs, serial: random.bytes(15) }
  return { key, certificate, name: makeCertificate({ ...wish, ...times, key }).name }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export async function startSecureBroker(
  overrides: Readonly<Record<string, string>> = {},
): Promise<SecureBroker> {
  const [certs, strangers] = [writeDevCerts(), writeDevCerts()]
  const expired = writeExpiredCerts(certs)
  const issuer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const jwk = { ...issuer.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }
  writeFileSync(join(certs, 'jwks.json'), JSON.stringify({ keys: [jwk] }))
  const users = `${plainModule} required user_alice="alice-secret";`
  const broker = await startTestBroker({
    overrides: {
      listeners: listenerNames.map((name) => `${name}://127.0.0.1:0`).join(','),
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,MTLS:SSL,SASL_SSL:SASL_SSL,EXPIRED:SSL',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': users,
      'listener.name.sasl_ssl.plain.sasl.jaas.config': users,
      'sasl.oauthbearer.jwks.endpoint.url': `file://${certs}/jwks.json`,
      'sasl.oauthbearer.expected.issuer': 'https://issuer.example',
      'sasl.oauthbearer.expected.audience': 'kafka',
      'ottla.scram.credentials':
        'SCRAM-SHA-256=[name=bob,password=bob-secret];SCRAM-SHA-512=[name=bob,password=bob-secret]',
      'ssl.keystore.location': `${certs}/server.p12`,
      'ssl.keystore.password': devPassword,
      'ssl.truststore.location': `${certs}/truststore.p12`,
      'ssl.truststore.password': devPassword,
      'listener.name.mtls.ssl.client.auth': 'required',
      'listener.name.expired.ssl.keystore.location': `${expired}/server.p12`,
      'delegation.token.secret.key': 'token-secret',
      'connection.failed.authentication.delay.ms': '20',
      ...overrides,
    },
  })
  const addresses = /ready on (.+) in \d+ ms/.exec(broker.output())?.[1]?.split(', ') ?? []
  const at = (listener: ListenerName): string => {
    const address = addresses[listenerNames.indexOf(listener)] ?? ''
    return address.replace('127.0.0.1', 'localhost')
  }
  return {
    broker,
    at,
    certs,
    strangers,
    expired,
    file: (name) => join(certs, name),
    strangeFile: (name) => join(strangers, name),
    delegationToken: ({ expired: isExpired }) =>
      newDelegationToken(at('SASL_PLAINTEXT'), isExpired),
    token: (claims, signWith = issuer.privateKey) => {
      const seconds = Math.floor(Date.now() / 1000)
      const payload = {
        sub: 'oleg',
        iss: 'https://issuer.example',
        aud: 'kafka',
        iat: seconds,
        exp: seconds + 300,
        ...claims,
      }
      const signed = `${base64url({ alg: 'ES256', kid: 'one' })}.${base64url(payload)}`
      const how = { key: signWith, dsaEncoding: 'ieee-p1363' as const }
      return `${signed}.${sign('sha256', Buffer.from(signed), how).toString('base64url')}`
    },
  }
}

/** Made by alice, for herself. */
async function newDelegationToken(
  bootstrap: string,
  isExpired: boolean,
): Promise<DelegationTokenPassword> {
  const client = await WireClient.open(bootstrap)
  await client.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const authBytes = Buffer.from('\0alice\0alice-secret')
  await client.call('SaslAuthenticate', 2, { authBytes })
  const token = await client.call('CreateDelegationToken', 3, { renewers: [], maxLifetimeMs: -1 })
  if (isExpired) {
    await client.call('ExpireDelegationToken', 2, { hmac: token.hmac, expiryTimePeriodMs: 1 })
    await sleep(10)
  }
  client.end()
  return { id: token.tokenId, password: token.hmac.toString('base64') }
}
