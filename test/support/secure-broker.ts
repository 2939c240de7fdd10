// A broker with a listener of every kind, certificates of its own, and users of every mechanism: for the
// tests of clients that must prove who they are.
import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SystemRandom } from '../../src/io/random.ts'
import { devPassword, makeDevCerts } from '../../src/security/dev-certs.ts'
import { newDataDirectory, startTestBroker } from './broker.ts'
import type { TestBroker } from './broker.ts'

export const dayMs = 86_400_000
const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const listenerNames = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'MTLS', 'SASL_SSL', 'EXPIRED'] as const
export type ListenerName = (typeof listenerNames)[number]

export interface SecureBroker {
  readonly broker: TestBroker
  /** host:port of a listener. */
  at(listener: ListenerName): string
  /** The path of a file of the certificates that the broker trusts. */
  file(name: string): string
  /** As `file`, of an authority that the broker does not know. */
  strangeFile(name: string): string
  /** A token of the issuer that the broker trusts. */
  token(claims: Readonly<Record<string, unknown>>, signWith?: KeyObject): string
}

/** Writes certificates into a new directory, which disappears with the test process. */
export function writeDevCerts(validMs?: number): string {
  const directory = newDataDirectory()
  const files = makeDevCerts({
    directory,
    hosts: ['localhost', '127.0.0.1'],
    nowMs: Date.now(),
    random: new SystemRandom(),
    ...(validMs === undefined ? {} : { validMs }),
  })
  for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes)
  return directory
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export async function startSecureBroker(
  overrides: Readonly<Record<string, string>> = {},
): Promise<SecureBroker> {
  const [certs, strange, expired] = [writeDevCerts(), writeDevCerts(), writeDevCerts(-dayMs)]
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
      'connection.failed.authentication.delay.ms': '20',
      ...overrides,
    },
  })
  const addresses = /ready on (.+) in \d+ ms/.exec(broker.output())?.[1]?.split(', ') ?? []
  return {
    broker,
    at: (listener) => {
      const address = addresses[listenerNames.indexOf(listener)] ?? ''
      return address.replace('127.0.0.1', 'localhost')
    },
    file: (name) => join(certs, name),
    strangeFile: (name) => join(strange, name),
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
