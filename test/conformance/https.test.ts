// HTTP on listeners that speak TLS or ask for a log-in: browsers reach the first by https, and the
// second tells them no more than how the broker is.
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSecureBroker, type SecureBroker } from '../support/secure-broker.ts'

let secure: SecureBroker

beforeAll(async () => {
  secure = await startSecureBroker()
})

afterAll(() => secure.broker.stop())

/** The page behind a path of a listener that speaks TLS. */
function securely(address: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(secure.file('ca.pem'))
    get(`https://${address}${path}`, { ca, agent: false }, (response) => {
      text(response).then(resolve, reject)
    }).on('error', reject)
  })
}

test('a listener that speaks TLS answers https', async () => {
  expect(await securely(secure.at('SSL'), '/')).toContain('<h2>Topics</h2>')
})

test('http to a listener that speaks TLS is told to use https, and counted', async () => {
  const answer = await fetch(`http://${secure.at('SSL')}/`)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('use https://')
  const metrics = await securely(secure.at('SSL'), '/metrics')
  const counter = 'kafka_server_socket_server_metrics_failed_authentication_total'
  expect(metrics).toContain(`${counter}{listener="SSL",networkProcessor="0"} 1\n`)
})

test('metrics tell how long certificates are good', async () => {
  const metrics = await securely(secure.at('SSL'), '/metrics')
  const secondsOf = (listener: string): number => {
    const name = 'ottla_listener_certificate_expires_seconds'
    const [, seconds] = new RegExp(`${name}\\{listener="${listener}".*\\} (.+)`).exec(metrics) ?? []
    return Number(seconds)
  }
  expect(secondsOf('SSL')).toBeGreaterThan(0)
  expect(secondsOf('EXPIRED')).toBeLessThan(0)
})

test.each(['SASL_PLAINTEXT', 'SASL_SSL'] as const)(
  '%s, where clients log in, tells of health alone',
  async (listener) => {
    const address = secure.at(listener)
    const page = async (path: string): Promise<string> =>
      listener === 'SASL_SSL'
        ? securely(address, path)
        : (await fetch(`http://${address}${path}`)).text()
    expect(await page('/health/ready')).toContain('"ready":true')
    expect(await page('/metrics')).toContain('must log in')
    expect(await page('/')).not.toContain('<h2>')
  },
)
