// Kafka's clients that try to log in: how each is told what to show, how it is run, and what it says where
// it is refused. Those in other languages are programs that run a list of log-ins (test/java/Logins.java,
// test/go/logins, test/support/python/logins.py).
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { cacheDirectory, compileJava, jars, runJava } from './java.ts'
import { kafkaClient } from './kafkajs.ts'
import type { Login, Outcome } from './logins.ts'
import { projectRoot, runProgram } from './program.ts'
import { pythonEnv } from './python-env.ts'
import { devPassword } from '../../src/security/dev-certs.ts'

/** How a log-in went. */
export interface Attempt {
  readonly name: string
  /** Empty: it logged in. */
  readonly error: string
  readonly seconds: number
}

export interface LoginClient {
  readonly name: string
  /** The client's words for each refusal. */
  readonly says: Readonly<Record<Exclude<Outcome, 'logs in'>, RegExp>>
  /** Delegation tokens are told to brokers by an extension of SCRAM that few clients know. */
  readonly knowsTokens: boolean
  /** A text: why it cannot be run here. */
  run(logins: readonly Login[], at: AddressOf): Promise<readonly Attempt[] | string>
}

/** host:port of a log-in's listener. */
export type AddressOf = (login: Login) => string

const run = promisify(execFile)
const isTls = ({ listener }: Login): boolean => !listener.endsWith('PLAINTEXT')

const kafkajs: LoginClient = {
  name: 'kafkajs',
  knowsTokens: false,
  says: {
    'PLAIN refused': /Invalid username or password/,
    'SCRAM refused': /due to invalid credentials with SASL mechanism/,
    // It takes the broker's refusal for an agreement and loses its connection, at Apache Kafka too.
    'token refused': /Closed connection/,
    'broker not trusted': /unable to verify the first certificate|self-signed certificate/,
    'broker expired': /certificate has expired/,
    'certificate missing': /alert certificate required/,
    'certificate of a stranger': /alert unknown ca/,
    'certificate expired': /alert certificate expired/,
  },
  run: (logins, at) => Promise.all(logins.map((login) => kafkajsLogin(login, at(login)))),
}

async function kafkajsLogin(login: Login, broker: string): Promise<Attempt> {
  const pem = (directory: string, name: string) => readFileSync(join(directory, name))
  const own = login.shows !== null && {
    cert: pem(login.shows, 'client.pem'),
    key: pem(login.shows, 'client-key.pem'),
  }
  const config: Partial<KafkaConfig> = {
    retry: { retries: 0 },
    ...(isTls(login) && { ssl: { ca: [pem(login.trusts, 'ca.pem')], ...own } }),
    ...(login.sasl !== null && { sasl: kafkajsSasl(login.sasl) }),
  }
  const startedMs = performance.now()
  const admin = kafkaClient(broker, config).admin()
  const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
  const error = await admin
    .connect()
    .then(() => admin.listTopics())
    .then(() => '', messageOf)
  const seconds = (performance.now() - startedMs) / 1000
  await admin.disconnect().catch(() => undefined)
  return { name: login.name, error, seconds }
}

function kafkajsSasl(sasl: NonNullable<Login['sasl']>): SASLOptions {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const value = sasl.token
    return { mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ value }) }
  }
  const { user: username, password } = sasl
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}

const confluentKafka: LoginClient = {
  name: 'confluent-kafka',
  knowsTokens: false,
  says: {
    'PLAIN refused': /_AUTHENTICATION.*Invalid username or password/,
    'SCRAM refused': /_AUTHENTICATION.*invalid credentials/,
    'token refused': /_AUTHENTICATION.*invalid_token/,
    'broker not trusted': /certificate verify failed/,
    'broker expired': /certificate verify failed/,
    'certificate missing': /certificate required/,
    'certificate of a stranger': /unknown ca/,
    'certificate expired': /certificate expired/,
  },
  run: (logins, at) =>
    runPython('confluent-kafka', logins, (login) => ({
      'bootstrap.servers': at(login),
      'security.protocol': protocolOf(login),
      ...(isTls(login) && { 'ssl.ca.location': join(login.trusts, 'ca.pem') }),
      ...(login.shows !== null && {
        'ssl.certificate.location': join(login.shows, 'client.pem'),
        'ssl.key.location': join(login.shows, 'client-key.pem'),
      }),
      ...(login.sasl !== null && { 'sasl.mechanism': login.sasl.mechanism }),
      ...passwordOf(login, 'sasl.username', 'sasl.password'),
    })),
}

/** It tries again until its own time is over, and says no more than this. */
const unableToBootstrap = /Unable to bootstrap/

const kafkaPython: LoginClient = {
  name: 'kafka-python',
  knowsTokens: false,
  says: {
    'PLAIN refused': unableToBootstrap,
    'SCRAM refused': unableToBootstrap,
    'token refused': unableToBootstrap,
    'broker not trusted': unableToBootstrap,
    'broker expired': unableToBootstrap,
    'certificate missing': unableToBootstrap,
    'certificate of a stranger': unableToBootstrap,
    'certificate expired': unableToBootstrap,
  },
  run: (logins, at) =>
    runPython('kafka-python', logins, (login) => ({
      bootstrap_servers: at(login),
      security_protocol: protocolOf(login),
      ...(isTls(login) && { ssl_cafile: join(login.trusts, 'ca.pem') }),
      ...(login.shows !== null && {
        ssl_certfile: join(login.shows, 'client.pem'),
        ssl_keyfile: join(login.shows, 'client-key.pem'),
      }),
      ...(login.sasl !== null && { sasl_mechanism: login.sasl.mechanism }),
      ...passwordOf(login, 'sasl_plain_username', 'sasl_plain_password'),
    })),
}

async function runPython(
  client: string,
  logins: readonly Login[],
  settings: (login: Login) => Readonly<Record<string, string>>,
): Promise<readonly Attempt[]> {
  const python = await pythonEnv('newest')
  const script = 'test/support/python/logins.py'
  const { lines } = await runProgram(python, [script, client, ...argumentsOf(logins, settings)], {})
  return lines.map(attempt)
}

const java: LoginClient = {
  name: 'the Java client',
  knowsTokens: true,
  says: {
    'PLAIN refused': /^SaslAuthenticationException.*Invalid username or password/,
    'SCRAM refused': /^SaslAuthenticationException.*invalid credentials/,
    'token refused': /^SaslAuthenticationException.*invalid_token/,
    'broker not trusted': /^SslAuthenticationException/,
    'broker expired': /^SslAuthenticationException/,
    'certificate missing': /^SslAuthenticationException.*certificate_required/,
    'certificate of a stranger': /^SslAuthenticationException.*unknown_ca/,
    'certificate expired': /^SslAuthenticationException.*certificate_expired/,
  },
  run: async (logins, at) => {
    const found = await jars('clients')
    if ('missing' in found) return found.missing
    const source = join(projectRoot, 'test/java/Logins.java')
    const classes = await compileJava([source], found.classPath)
    const args = argumentsOf(logins, (login) => javaSettings(login, at(login)))
    const { lines } = await runJava(`${classes}:${found.classPath}`, 'Logins', args)
    return lines.filter((line) => line.includes('\t')).map(attempt)
  },
}

function javaSettings(login: Login, broker: string): Readonly<Record<string, string>> {
  return {
    'bootstrap.servers': broker,
    'security.protocol': protocolOf(login),
    ...(isTls(login) && {
      'ssl.truststore.location': join(login.trusts, 'truststore.p12'),
      'ssl.truststore.password': devPassword,
      'ssl.truststore.type': 'PKCS12',
    }),
    ...(login.shows !== null && {
      'ssl.keystore.location': join(login.shows, 'client.p12'),
      'ssl.keystore.password': devPassword,
      'ssl.keystore.type': 'PKCS12',
    }),
    ...(login.sasl !== null && javaSasl(login.sasl)),
  }
}

const modules = 'org.apache.kafka.common.security'

function javaSasl(sasl: NonNullable<Login['sasl']>): Readonly<Record<string, string>> {
  const { mechanism } = sasl
  if (mechanism === 'OAUTHBEARER') {
    return {
      'sasl.mechanism': mechanism,
      'sasl.jaas.config': `${modules}.oauthbearer.OAuthBearerLoginModule required token="${sasl.token}";`,
      'sasl.login.callback.handler.class': 'Logins$Tokens',
    }
  }
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  const token = sasl.isToken === true ? ' tokenauth="true"' : ''
  const who = `username="${sasl.user}" password="${sasl.password}"`
  return {
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': `${modules}.${module} required ${who}${token};`,
  }
}

const franzGo: LoginClient = {
  name: 'franz-go',
  knowsTokens: true,
  says: {
    'PLAIN refused': /SASL_AUTHENTICATION_FAILED/,
    'SCRAM refused': /SASL_AUTHENTICATION_FAILED/,
    // It looks at the token's answer before it looks at the error beside it.
    'token refused': /unexpected data in oauth response/,
    'broker not trusted': /certificate signed by unknown authority/,
    'broker expired': /certificate has expired/,
    'certificate missing': /tls: certificate required/,
    'certificate of a stranger': /tls: unknown certificate authority/,
    'certificate expired': /tls: expired certificate/,
  },
  run: async (logins, at) => {
    const program = await goProgram('logins')
    if (program === null) return 'go is not here'
    const args = argumentsOf(logins, (login) => ({
      broker: at(login),
      ...(isTls(login) && { ca: join(login.trusts, 'ca.pem') }),
      ...(login.shows !== null && {
        certificate: join(login.shows, 'client.pem'),
        key: join(login.shows, 'client-key.pem'),
      }),
      ...(login.sasl !== null && { mechanism: login.sasl.mechanism }),
      ...passwordOf(login, 'user', 'password'),
      ...(login.sasl !== null && 'isToken' in login.sasl && { isToken: 'true' }),
    }))
    return (await runProgram(program, args, {})).lines.map(attempt)
  },
}

/** Builds test/go/<name>, once for each content; null where there is no Go. */
async function goProgram(name: string): Promise<string | null> {
  const directory = join(projectRoot, 'test/go', name)
  const hash = createHash('sha256')
  for (const file of ['main.go', 'go.mod', 'go.sum'])
    hash.update(readFileSync(join(directory, file)))
  const program = join(cacheDirectory(), `go-${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(program)) return program
  const hasGo = await run('go', ['version']).then(
    () => true,
    () => false,
  )
  if (!hasGo) return null
  await mkdir(cacheDirectory(), { recursive: true })
  const building = `${program}.building-${process.pid}`
  await run('go', ['build', '-buildvcs=false', '-o', building, '.'], { cwd: directory })
  await rename(building, program)
  return program
}

export const loginClients: readonly LoginClient[] = [
  kafkajs,
  confluentKafka,
  kafkaPython,
  java,
  franzGo,
]

function protocolOf(login: Login): string {
  return `${login.sasl === null ? '' : 'SASL_'}${isTls(login) ? 'SSL' : 'PLAINTEXT'}`
}

function passwordOf(
  { sasl }: Login,
  user: string,
  password: string,
): Readonly<Record<string, string>> {
  if (sasl === null) return {}
  return 'token' in sasl ? { token: sasl.token } : { [user]: sasl.user, [password]: sasl.password }
}

/** A case a word: name and settings with tabs between. */
function argumentsOf(
  logins: readonly Login[],
  settings: (login: Login) => Readonly<Record<string, string>>,
): string[] {
  return logins.map((login) => {
    const pairs = Object.entries(settings(login)).map(([key, value]) => `${key}=${value}`)
    return [login.name, ...pairs].join('\t')
  })
}

/** A line that a program prints: name, seconds, error. */
function attempt(line: string): Attempt {
  const [name = '', seconds = '', error = ''] = line.split('\t')
  return { name, seconds: Number(seconds), error }
}
