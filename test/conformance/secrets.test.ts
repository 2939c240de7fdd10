// A broker that holds a secret in every key that may hold one, and tells none of them: not in its log at the
// finest level, not in an answer, not on its pages.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokerConfigTable } from '../../src/config/broker-table.ts'
import { isSensitive } from '../../src/config/entry.ts'
import { startSecureBroker } from '../support/secure-broker.ts'
import type { SecureBroker } from '../support/secure-broker.ts'
import { WireClient } from '../support/wire-client.ts'

const brokerType = 4
const loggerType = 8
const set = 0
const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

/** A secret that nothing reads, for each key that may hold one. */
const unread = Object.entries(brokerConfigTable)
  .filter(([key, { type }]) => isSensitive(type) && !key.startsWith('ottla.'))
  .map(([key], index) => [`listener.name.unread.${key}`, `secret-unread-${index}`] as const)

const secrets = {
  alice: 'secret-of-alice',
  bob: 'secret-of-bob',
  tokens: 'secret-of-tokens',
  guess: 'secret-guess',
  changed: 'secret-changed',
}

let secure: SecureBroker
let client: WireClient

beforeAll(async () => {
  secure = await startSecureBroker({
    ...Object.fromEntries(unread),
    'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${jaas} user_alice="${secrets.alice}";`,
    'ottla.scram.credentials': `SCRAM-SHA-256=[name=bob,password=${secrets.bob}]`,
    'delegation.token.secret.key': secrets.tokens,
  })
  client = await WireClient.open(secure.broker.bootstrap)
})

afterAll(async () => {
  client.end()
  await secure.broker.stop()
})

/** The answers of log-ins over one connection each, with a user and a password. */
async function logIn(user: string, password: string): Promise<unknown> {
  const guest = await WireClient.open(secure.at('SASL_PLAINTEXT'))
  const mechanism = await guest.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const authBytes = Buffer.from(`\0${user}\0${password}`)
  const answer = await guest.call('SaslAuthenticate', 2, { authBytes })
  guest.end()
  return [mechanism, answer]
}

function setConfig(resourceType: number, resourceName: string, name: string, value: string) {
  return client.call('IncrementalAlterConfigs', 1, {
    resources: [{ resourceType, resourceName, configs: [{ name, configOperation: set, value }] }],
    validateOnly: false,
  })
}

test('no secret is told', async () => {
  const told: unknown[] = [await setConfig(loggerType, '1', 'root', 'TRACE')]
  told.push(await logIn('alice', secrets.alice))
  told.push(await logIn('alice', secrets.guess))
  told.push(await logIn(secrets.guess, secrets.guess))
  // Set, refused, and set where it cannot be used.
  const prefix = 'listener.name.ssl.ssl'
  for (const key of [`${prefix}.key.password`, `${prefix}.keystore.key`, 'no.such.secret']) {
    told.push(await setConfig(brokerType, '1', key, secrets.changed))
  }
  told.push(await setConfig(brokerType, '1', 'ssl.keystore.password', secrets.changed))
  for (const configurationKeys of [
    null,
    [...unread.map(([key]) => key), `${prefix}.key.password`],
  ]) {
    told.push(
      await client.call('DescribeConfigs', 4, {
        resources: [{ resourceType: brokerType, resourceName: '1', configurationKeys }],
        includeSynonyms: true,
        includeDocumentation: true,
      }),
    )
  }
  told.push(await client.call('DescribeUserScramCredentials', 0, { users: null }))
  for (const page of ['/', '/metrics']) {
    told.push(await (await fetch(`http://${secure.broker.bootstrap}${page}`)).text())
  }
  const all = [secure.broker.output(), ...told.map((answer) => JSON.stringify(answer))].join('\n')
  expect(all).toContain('log-in failed')
  expect(all.length).toBeGreaterThan(10_000)
  const key = readFileSync(join(secure.certs, 'server-key.pem'), 'utf8').split('\n')[1] ?? ''
  const kept = [...Object.values(secrets), ...unread.map(([, secret]) => secret), key, 'ottla-dev']
  expect(kept.filter((secret) => all.includes(secret))).toEqual([])
})
