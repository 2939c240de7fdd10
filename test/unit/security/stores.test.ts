import { X509Certificate, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import type { TlsSettings } from '../../../src/config/listener-security.ts'
import { SystemRandom } from '../../../src/io/random.ts'
import { devPassword, makeDevCerts } from '../../../src/security/dev-certs.ts'
import { subjectOf } from '../../../src/security/distinguished-name.ts'
import { readJks } from '../../../src/security/jks.ts'
import { StoreError, readPkcs12 } from '../../../src/security/pkcs12.ts'
import { TlsProblem, readTlsMaterial } from '../../../src/security/tls-material.ts'
import { addressBytes, makeCertificate } from '../../../src/security/x509.ts'

// Made by keytool and OpenSSL for this test, with the password changeit; they open nothing.
const keytoolJks = Buffer.from(
  [
    '/u3+7QAAAAIAAAABAAAAAQABYQAAAaH8+cegAAAAfzB9MA4GCisGAQQBKgIRAQEFAARrOSM3nGkMr7D8R0+7RD+xdidCbLpV9bB5',
    'TV96gRWblPaXRf5tc6ZglPGeuv1mdz1l/KqyRyHFIqMgtW1d6BRK915Y4GhSD08FOHjSWbXscdIRnfXzl9JZeMzrYuRWDv+sWItt',
    'ieVLjxzT60YAAAABAAVYLjUwOQAAAVQwggFQMIH4oAMCAQICCQCRDNfxFRyFWDAKBggqhkjOPQQDAjAdMQ0wCwYDVQQKEwRBLCBC',
    'MQwwCgYDVQQDEwNqa3MwHhcNMjYxMTIxMDcxOTQ5WhcNMzYxMTE4MDcxOTQ5WjAdMQ0wCwYDVQQKEwRBLCBCMQwwCgYDVQQDEwNq',
    'a3MwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARe7evxpP2mpID02IMy615KiYTJGpXaSeN39VwZ+XGRVIShmKt/ceIyYNUZ36zW',
    'nlcrRhjOGcbHLN6WVhTCLVmDoyEwHzAdBgNVHQ4EFgQUKMOesiZwr5Ql3jfUvkWSZX4ugzkwCgYIKoZIzj0EAwIDRwAwRAIgfCqp',
    'F5jezNVKOURKfc6sF/9IGGxM1KakiTk29qeESgsCIGPA7G6mrQDjzWVQ2NlzE0Z6HaFjAvtv5lp0qZxo7LSk+c6uTySzsHRuE193',
    'lI3PPWjLI88=',
  ].join(''),
  'base64',
)
const tripleDesP12 = Buffer.from(
  [
    'MIIDkgIBAzCCA1gGCSqGSIb3DQEHAaCCA0kEggNFMIIDQTCCAjcGCSqGSIb3DQEHBqCCAigwggIkAgEAMIICHQYJKoZIhvcNAQcB',
    'MBwGCiqGSIb3DQEMAQMwDgQIvXAbGsd3H2oCAggAgIIB8E9OVgJ705Xat2G/scWkRIywwpjIlmy8WsTwWPzP046t2Tbn61jm1lBt',
    '9C3bNqoB/jUuAzDQTlfhg+UvW6EQDaLUcKdHnINrC4os0Pjm9VtSLgkQeoB43mjXEs2HmmoNiolYxB9LSNgfuG8+yBXOdgfaUYjd',
    '214xzZhoVKsTR7aOdgkAbmo8sJl6AySRRs0h+Ew5Jyx2L543ttc1HA5uw9jGaubiM3MIhgReZWvbLPbxZLOAdfGqICTAEQX+JzKJ',
    'N5Jg6i3rl8KL4GXt35/Nuihfdw/ktkBDDVe8dir7I1x3L+0uoIsmoQQ5rWvxh4FUs2idTHXqxeAd/7x/t0uObwZ/RRl/a6E9VXjy',
    '/dh/IKebVvAVVlUTsaiOz5qr3dnEs/J//3laGGEJijQKrK/OwHt7jqb8X/B/zNlZWcQASq9x97zjhQOkmzQshJgOofo38iym3/KM',
    'D16AJ2hLy19LrMRkFeB5UhZ7nu+eokUJt01kgmHZ65GeXaWlPNjc3XwuimxvH429xm75XI5WM7eAu6j5+TtmbolFjqNK09YvhJ+w',
    '+uqhGe152zf1DkxLbQo5qH8L/U03RtoOoPcEyEIleMH33ZU6mHrVvdwdj1ACR7oZMHTzCYV9hUCwqp97rivyXsJs2kGghOfsuAmQ',
    'm520RiwwggECBgkqhkiG9w0BBwGggfQEgfEwge4wgesGCyqGSIb3DQEMCgECoIG0MIGxMBwGCiqGSIb3DQEMAQMwDgQIb9bcD8WY',
    '9g0CAggABIGQINV4PsKfX3RyaMDjnvYjoMd84yaTnzX5W3eNUUPSdDkRmJCwpTRK6KcasRjdQd1QQncxmi629SS40/3bIZnd1sC8',
    'hV3sroMovqaPngNnEbyaGDPf4+Z0+mi4bjc7ybMmtnOhUCLi1JhUNqumUGiFUslg9uG13jIjshf63M53sdjssLJMu1vTUHBKQUk0',
    'm0cGMSUwIwYJKoZIhvcNAQkVMRYEFCPgHIK6MC9cwmfza9KOiWPxw/HCMDEwITAJBgUrDgMCGgUABBQvGvm1tGq12ldRN9NP9ac/',
    'M6rjQgQIQdHDox8bV9sCAggA',
  ].join(''),
  'base64',
)

const nowMs = Date.UTC(2030, 0, 1)
const files = makeDevCerts({
  directory: '/certs',
  hosts: ['localhost', '127.0.0.1', '::1'],
  nowMs,
  random: new SystemRandom(),
})

function file(name: string): Buffer {
  const bytes = files.get(name)
  if (bytes === undefined) throw new Error(`there is no ${name}`)
  return bytes
}

function settings(changes: Record<string, string>): TlsSettings {
  const tls = brokerConfigWith({ listeners: 'SSL://:0', ...changes }).listeners[0]?.security.tls
  if (tls === null || tls === undefined) throw new Error('the listener speaks TLS')
  return tls
}

const readFile = (path: string) => {
  const bytes = path === '/jks' ? keytoolJks : path === '/p12' ? tripleDesP12 : null
  return bytes ?? file(path.replace('/certs/', ''))
}
const material = (changes: Record<string, string>) => readTlsMaterial(settings(changes), readFile)

describe('a key store', () => {
  test.each([
    ['PKCS#12 of ours', { location: '/certs/server.p12', password: devPassword }, 'CN=localhost'],
    ['PKCS#12 with triple DES', { location: '/p12', password: 'changeit' }, 'C=DE, CN=triple'],
    ['JKS of keytool', { location: '/jks', password: 'changeit' }, 'O=A\\, B, CN=jks'],
  ])('as %s is read, whatever its type is said to be', (_, store, subject) => {
    const read = material({
      'ssl.keystore.location': store.location,
      'ssl.keystore.password': store.password,
    })
    expect(read.subject).toBe(subject)
    expect(new X509Certificate(read.certificates).checkPrivateKey(createPrivateKey(read.key))).toBe(
      true,
    )
    expect(read.expiresAtMs).toBeGreaterThan(nowMs)
  })

  test('as PEM may be a file or stand in the configuration, on one line too', () => {
    const key = file('server-key.pem').toString('utf8')
    const chain = file('server.pem').toString('utf8')
    const inline = (join: string) => ({
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': key.replaceAll('\n', join),
      'ssl.keystore.certificate.chain': chain.replaceAll('\n', join),
      'ssl.truststore.certificates': file('ca.pem').toString('utf8').replaceAll('\n', join),
    })
    for (const join of ['\n', ' ']) {
      const read = material(inline(join))
      expect(read.certificates.match(/BEGIN/g)).toHaveLength(2)
      expect(read.trusted).toHaveLength(1)
    }
  })

  test.each([
    ['/certs/server.p12', 'wrong', 'ssl.keystore.location', 'password'],
    ['/jks', 'wrong', 'ssl.keystore.location', 'password'],
    ['/certs/truststore.p12', devPassword, 'ssl.keystore.location', 'no private key'],
    ['/certs/ca.pem', '', 'ssl.keystore.location', 'no private key'],
    ['/certs/server.properties', '', 'ssl.keystore.location', 'neither PEM nor'],
  ])('%s with password %j is refused, with the key to blame', (location, password, key, reason) => {
    const read = () =>
      material({ 'ssl.keystore.location': location, 'ssl.keystore.password': password })
    expect(read).toThrow(TlsProblem)
    expect(read).toThrow(reason)
    expect(readOr(read)).toBe(key)
  })

  test('that was cut short anywhere is refused and never read past its end', () => {
    const p12 = file('server.p12')
    for (let length = 0; length < p12.length; length += 7) {
      expect(() => readPkcs12(p12.subarray(0, length), devPassword)).toThrow(StoreError)
    }
    for (let length = 0; length < keytoolJks.length; length += 5) {
      const cut = keytoolJks.subarray(0, length)
      expect(() => readJks(cut, { store: null, key: 'changeit' })).toThrow(StoreError)
    }
  })
})

function readOr(read: () => unknown): string {
  try {
    read()
    return 'read'
  } catch (error) {
    return error instanceof TlsProblem ? error.key : String(error)
  }
}

test('a trust store of certificates alone is read', () => {
  const { keys, certificates } = readPkcs12(file('truststore.p12'), devPassword)
  expect([keys.length, certificates.length]).toEqual([0, 1])
})

test('a certificate says for whom it is, and its issuer vouches for it', () => {
  const ca = new X509Certificate(file('ca.pem'))
  const server = new X509Certificate(file('server.pem'))
  expect(server.verify(ca.publicKey)).toBe(true)
  expect(server.checkIssued(ca)).toBe(true)
  expect([ca.ca, server.ca]).toEqual([true, false])
  expect(server.checkHost('localhost')).toBe('localhost')
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(server.checkIP('::1')).toBe('::1')
  expect(addressBytes('fe80::1:2')?.toString('hex')).toBe('fe800000000000000000000000010002')
  expect([addressBytes('a.example'), addressBytes('1:2')]).toEqual([null, null])
})

test('a subject is written as Java writes it', () => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const wish = { key, serial: Buffer.from([1]), fromMs: nowMs, untilMs: nowMs + 1000, issuer: null }
  const subject = (commonName: string) =>
    subjectOf(
      makeCertificate({ ...wish, commonName, organizationalUnit: 'dev', role: 'client' })
        .certificate,
    )
  expect(subject('alice')).toBe('CN=alice,OU=dev')
  expect(subject('a,b+c"d\\e<f>g;h')).toBe('CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h,OU=dev')
  expect(subject(' #x ')).toBe('CN=\\ #x\\ ,OU=dev')
  const far = {
    ...wish,
    untilMs: Date.UTC(2060, 0, 1),
    commonName: 'x',
    role: 'authority',
  } as const
  expect(new X509Certificate(makeCertificate(far).certificate).validTo).toContain('2060')
})
