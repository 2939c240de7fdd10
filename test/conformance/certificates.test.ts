// Certificates that are replaced while the broker runs, on disk and in its configuration: the next handshake
// shows the new ones, connections that are open stay, and what cannot be used changes nothing.
import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/kafkajs.ts'
import { startSecureBroker, writeDevCerts } from '../support/secure-broker.ts'
import type { ListenerName, SecureBroker } from '../support/secure-broker.ts'
import { WireClient } from '../support/wire-client.ts'

const brokerType = 4
const set = 0
const invalidRequest = 42

let secure: SecureBroker

beforeAll(async () => {
  secure = await startSecureBroker({ 'ottla.tls.reload.interval.ms': '200' })
})

afterAll(async () => {
  await secure.broker.stop()
})

function handshake(listener: ListenerName): Promise<TLSSocket> {
  const port = Number(secure.at(listener).split(':')[1])
  const socket = connect({ host: 'localhost', port, rejectUnauthorized: false })
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Of the certificate that the listener shows now. */
async function shownBy(listener: ListenerName): Promise<string | undefined> {
  const socket = await handshake(listener)
  const shown = socket.getPeerX509Certificate()?.fingerprint256
  socket.destroy()
  return shown
}

const ownOf = (directory: string): X509Certificate =>
  new X509Certificate(readFileSync(join(directory, 'server.pem')))

async function setConfigs(values: Readonly<Record<string, string>>): Promise<number | undefined> {
  const client = await WireClient.open(secure.broker.bootstrap)
  const configs = Object.entries(values).map(([name, value]) => {
    return { name, configOperation: set, value }
  })
  const resources = [{ resourceType: brokerType, resourceName: '1', configs }]
  const { responses } = await client.call('IncrementalAlterConfigs', 1, {
    resources,
    validateOnly: false,
  })
  client.end()
  return responses[0]?.errorCode
}

test('a store that is replaced on disk is shown, and open connections stay', async () => {
  const before = await handshake('SSL')
  const renewed = writeDevCerts()
  expect(await shownBy('SSL')).toBe(ownOf(secure.certs).fingerprint256)
  copyFileSync(join(renewed, 'server.p12'), join(secure.certs, 'server.p12'))
  const isRenewed = async () => (await shownBy('SSL')) === ownOf(renewed).fingerprint256
  await eventually('the new certificate is shown', isRenewed, 5000)
  expect(before.destroyed).toBe(false)
  before.destroy()
  const text = await (await fetch(`http://${secure.broker.bootstrap}/metrics`)).text()
  const metric = /^ottla_listener_certificate_expires_seconds\{listener="SSL".*\} (\S+)$/m
  const leftSeconds = (Date.parse(ownOf(renewed).validTo) - Date.now()) / 1000
  expect(Number(metric.exec(text)?.[1])).toBeCloseTo(leftSeconds, -2)
})

test('a store that is damaged is warned of, and the old certificate stays', async () => {
  const shown = await shownBy('SSL')
  writeFileSync(join(secure.certs, 'server.p12'), 'no store')
  const warning = 'new certificates cannot be used, the old ones stay'
  await eventually('a warning', () => secure.broker.output().includes(warning), 5000)
  expect(await shownBy('SSL')).toBe(shown)
})

test('a store that cannot be opened is refused, and the old certificate stays', async () => {
  const shown = await shownBy('SASL_SSL')
  const key = 'listener.name.sasl_ssl.ssl.keystore.location'
  expect(await setConfigs({ [key]: join(secure.certs, 'missing.p12') })).toBe(invalidRequest)
  expect(await setConfigs({ [key]: join(secure.certs, 'ca.pem') })).toBe(invalidRequest)
  expect(await shownBy('SASL_SSL')).toBe(shown)
})

test('a store that IncrementalAlterConfigs names is shown by its listener alone', async () => {
  const other = writeDevCerts()
  const mutual = await shownBy('MTLS').catch(() => undefined)
  const key = 'listener.name.sasl_ssl.ssl.keystore.location'
  expect(await setConfigs({ [key]: join(other, 'server.p12') })).toBe(0)
  const isRenewed = async () => (await shownBy('SASL_SSL')) === ownOf(other).fingerprint256
  await eventually('the new certificate is shown', isRenewed, 5000)
  expect(await shownBy('MTLS').catch(() => undefined)).toBe(mutual)
  expect(await shownBy('SSL')).not.toBe(ownOf(other).fingerprint256)
})
