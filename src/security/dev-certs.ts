// The files of `ottla dev-certs`: an authority, a server and a client that it vouches for, in the formats
// of Kafka's clients, and configurations that use them. For trying out TLS, not for production.
import { generateKeyPairSync } from 'node:crypto'
import { dayMs, hourMs } from '../base/units.ts'
import type { Random } from '../io/random.ts'
import { writePkcs12 } from './pkcs12-writer.ts'
import { makeCertificate, toPem } from './x509.ts'
import type { CertificateWish, Identity } from './x509.ts'

export interface DevCertsOptions {
  /** Where the files will be: the configurations name them. */
  readonly directory: string
  /** Names and addresses that the server answers to. */
  readonly hosts: readonly string[]
  readonly nowMs: number
  readonly random: Random
  /** How long the certificates are valid; below 0 they have expired already. Default: two years. */
  readonly validMs?: number
}

/** The password of the stores: they protect nothing that lies beside them. */
export const devPassword = 'ottla-dev'
const validByDefaultMs = 730 * dayMs
const serialBytes = 15
const saltBytes = 20

/** Contents by file name. */
export function makeDevCerts(options: DevCertsOptions): ReadonlyMap<string, Buffer> {
  const { random } = options
  const authority = make(options, { commonName: 'Ottla development CA', role: 'authority' }, null)
  const server = make(
    options,
    { commonName: options.hosts[0] ?? 'localhost', role: 'server', hosts: options.hosts },
    authority,
  )
  const client = make(
    options,
    { commonName: 'client', organizationalUnit: 'development', role: 'client' },
    authority,
  )
  const trusted = [{ name: 'ca', certificate: authority.certificate }]
  const salt = () => random.bytes(saltBytes)
  const keyStore = (name: string, { key, certificate }: Identity) =>
    writePkcs12({
      password: devPassword,
      salt: salt(),
      key: { name, key, chain: [certificate, authority.certificate] },
      trusted: [],
    })
  const texts = {
    'ca.pem': toPem('CERTIFICATE', authority.certificate),
    'ca-key.pem': keyPem(authority),
    'server.pem': chainPem(server, authority),
    'server-key.pem': keyPem(server),
    'client.pem': chainPem(client, authority),
    'client-key.pem': keyPem(client),
    'server.properties': serverProperties(options.directory),
    'client.properties': javaProperties(options.directory),
    'librdkafka.properties': librdkafkaProperties(options.directory),
  }
  return new Map([
    ...Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, 'utf8')] as const),
    ['server.p12', keyStore('server', server)],
    ['client.p12', keyStore('client', client)],
    ['truststore.p12', writePkcs12({ password: devPassword, salt: salt(), key: null, trusted })],
  ])
}

function make(
  { nowMs, random, validMs = validByDefaultMs }: DevCertsOptions,
  wish: Pick<CertificateWish, 'commonName' | 'role' | 'hosts' | 'organizationalUnit'>,
  issuer: Identity | null,
): Identity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  // Clocks differ; a certificate that has expired began long before.
  const fromMs = Math.min(nowMs, nowMs + validMs) - hourMs
  return makeCertificate({
    ...wish,
    key: privateKey,
    serial: random.bytes(serialBytes),
    fromMs,
    untilMs: nowMs + validMs,
    issuer,
  })
}

function chainPem({ certificate }: Identity, issuer: Identity): string {
  return toPem('CERTIFICATE', certificate) + toPem('CERTIFICATE', issuer.certificate)
}

function keyPem({ key }: Identity): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function serverProperties(directory: string): string {
  return `# For the broker: ottla start ${directory}/server.properties
listeners=PLAINTEXT://localhost:9092,SSL://localhost:9093
ssl.keystore.type=PKCS12
ssl.keystore.location=${directory}/server.p12
ssl.keystore.password=${devPassword}
ssl.truststore.type=PKCS12
ssl.truststore.location=${directory}/truststore.p12
ssl.truststore.password=${devPassword}
# Whether clients show a certificate of this authority: required, requested or none.
ssl.client.auth=none
`
}

function javaProperties(directory: string): string {
  return `# For Java clients and Kafka's tools: --command-config ${directory}/client.properties
bootstrap.servers=localhost:9093
security.protocol=SSL
ssl.truststore.type=PKCS12
ssl.truststore.location=${directory}/truststore.p12
ssl.truststore.password=${devPassword}
ssl.keystore.type=PKCS12
ssl.keystore.location=${directory}/client.p12
ssl.keystore.password=${devPassword}
`
}

function librdkafkaProperties(directory: string): string {
  return `# For librdkafka and its bindings: kcat -F ${directory}/librdkafka.properties
bootstrap.servers=localhost:9093
security.protocol=ssl
ssl.ca.location=${directory}/ca.pem
ssl.certificate.location=${directory}/client.pem
ssl.key.location=${directory}/client-key.pem
`
}
