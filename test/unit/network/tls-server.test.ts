import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import type { TlsSettings } from '../../../src/config/listener-security.ts'
import { createTlsServer } from '../../../src/network/tls-server.ts'
import { readTlsMaterial } from '../../../src/security/tls-material.ts'
import { makeCertificate, toPem } from '../../../src/security/x509.ts'

const times = { serial: Buffer.of(1), fromMs: 0, untilMs: 4_000_000_000_000 }

/** Settings of a listener whose key is an RSA key of so many bits. */
function settingsWith(keyBits: number, more: Readonly<Record<string, string>> = {}): TlsSettings {
  const authority = makeCertificate({
    ...times,
    key: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
    commonName: 'CA',
    issuer: null,
    role: 'authority',
  })
  const key = generateKeyPairSync('rsa', { modulusLength: keyBits }).privateKey
  const wish = { ...times, key, commonName: 'broker', issuer: authority, role: 'server' } as const
  const { listeners } = brokerConfigWith({
    listeners: 'SSL://localhost:9093',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'ssl.keystore.certificate.chain': toPem('CERTIFICATE', makeCertificate(wish).certificate),
    ...more,
  })
  const tls = listeners[0]?.security.tls
  if (tls === null || tls === undefined) throw new Error('it is a TLS listener')
  return tls
}

const serverWith = (settings: TlsSettings) =>
  createTlsServer(
    settings,
    readTlsMaterial(settings, () => Buffer.alloc(0)),
  )

test('a certificate of the usual strength is shown at the usual security level', () => {
  expect(serverWith(settingsWith(2048)).isWeak).toBe(false)
})

test.each(['', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'])(
  'a weak certificate is shown all the same, as Java does, and known for weak (suites: %s)',
  (suites) => {
    expect(serverWith(settingsWith(512, { 'ssl.cipher.suites': suites })).isWeak).toBe(true)
  },
)

test('what OpenSSL cannot use is a problem of its key', () => {
  const settings = settingsWith(2048, { 'ssl.cipher.suites': 'NO_SUCH_SUITE' })
  expect(() => serverWith(settings)).toThrow(/cipher/)
})
