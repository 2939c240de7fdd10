// Clients as they are, at a broker that asks who they are: each mechanism with what is right, and with what
// is wrong in the ways that happen. Each client's own error, and quickly.
import { readFileSync } from 'node:fs'
import type { KafkaConfig } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, kafkaClient } from '../support/kafkajs.ts'
import { loginClients } from '../support/login-clients.ts'
import { allLogins } from '../support/logins.ts'
import type { Login } from '../support/logins.ts'
import { startSecureBroker } from '../support/secure-broker.ts'
import type { SecureBroker } from '../support/secure-broker.ts'

/** Some clients try again for a while before they give up. */
const secondsMax = 5

let secure: SecureBroker
let logins: readonly Login[]

beforeAll(async () => {
  secure = await startSecureBroker()
  logins = await allLogins(secure)
})

afterAll(async () => {
  await secure.broker.stop()
})

// First: of one client's failures the log tells few in ten seconds.
describe('a client of the SSL listener', () => {
  const ask = async (ssl: KafkaConfig['ssl']) => {
    const config = ssl === undefined ? {} : { ssl }
    const admin = kafkaClient(secure.at('SSL'), { ...config, retry: { retries: 0 } }).admin()
    try {
      await admin.connect()
      return await admin.describeCluster()
    } finally {
      await admin.disconnect()
    }
  }

  test('is told the name that it asked for, which the certificate holds', async () => {
    const port = Number(secure.at('SSL').split(':')[1])
    const ca = [readFileSync(secure.file('ca.pem'))]
    const { brokers } = await ask({ ca, servername: 'localhost' })
    expect(brokers).toEqual([{ nodeId: 1, host: 'localhost', port }])
  })

  test('that does not speak TLS loses its connection, and the log says why', async () => {
    await expect(ask(undefined)).rejects.toThrow(/Closed connection|ECONNRESET/)
    const isExplained = () => secure.broker.output().includes('the client does not speak TLS')
    await eventually('a line in the log', isExplained, 5000)
  })
})

test.each(loginClients)('$name logs in, and says why where it cannot', async (client) => {
  const mine = logins.filter(
    ({ sasl }) => client.knowsTokens || sasl === null || !('isToken' in sasl),
  )
  const attempts = await client.run(mine, ({ listener }) => secure.at(listener))
  if (typeof attempts === 'string') {
    console.log(`The log-ins of ${client.name} were not tried: ${attempts}.`)
    expect(attempts).toContain('is not here')
    return
  }
  const wrong = mine.flatMap(({ name, expected }) => {
    const attempt = attempts.find((found) => found.name === name)
    if (attempt === undefined) return [{ name, expected, said: 'nothing' }]
    const fits =
      expected === 'logs in' ? attempt.error === '' : client.says[expected].test(attempt.error)
    const { error, seconds } = attempt
    return fits && seconds < secondsMax ? [] : [{ name, expected, said: error, seconds }]
  })
  expect(wrong).toEqual([])
})
