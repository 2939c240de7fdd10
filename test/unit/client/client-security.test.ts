import { expect, test } from 'vitest'
import { clientSecurity, ClientConfigRefused } from '../../../src/client/client-security.ts'
import { propertiesOf } from '../../../src/client/client-config.ts'

const security = (...lines: readonly string[]) => clientSecurity(propertiesOf(lines.join('\n')))
const jaas = 'sasl.jaas.config=a.PlainLoginModule required username="u" password="p";'

test('without a protocol, and with PLAINTEXT, there is nothing to do', () => {
  expect(security()).toBeNull()
  expect(security('security.protocol=plaintext', 'ssl.truststore.location=/t')).toBeNull()
})

test('SSL trusts what it is told to, and shows a certificate only when it has one', () => {
  const trusting = security('security.protocol=SSL', 'ssl.truststore.location=/t')
  expect(trusting).toMatchObject({
    sasl: null,
    tls: { keyStore: null, trustStore: { location: '/t' }, checksHostname: true },
  })
  const showing = security('security.protocol=ssl', 'ssl.keystore.location=/k')
  expect(showing?.tls?.keyStore?.location).toBe('/k')
  const unchecked = security('security.protocol=SSL', 'ssl.endpoint.identification.algorithm=')
  expect(unchecked?.tls?.checksHostname).toBe(false)
})

test('SASL takes user and password from the JAAS line', () => {
  const { tls, sasl } =
    security('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', jaas) ?? {}
  expect(tls).toBeNull()
  expect(sasl?.mechanism).toBe('PLAIN')
  expect(sasl?.options.get('username')).toBe('u')
  expect(sasl?.options.get('password')).toBe('p')
})

test('SASL_SSL is both', () => {
  const { tls, sasl } =
    security('security.protocol=SASL_SSL', 'sasl.mechanism=SCRAM-SHA-512', jaas) ?? {}
  expect(tls).not.toBeNull()
  expect(sasl?.mechanism).toBe('SCRAM-SHA-512')
})

test.each([
  [['security.protocol=TLS'], 'Invalid value TLS for configuration security.protocol'],
  [['security.protocol=SASL_SSL', jaas], 'sasl.mechanism=GSSAPI is not supported'],
  [['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN'], 'sasl.jaas.config is missing'],
  [
    ['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN', 'sasl.jaas.config=secret'],
    'Invalid value [hidden] for configuration sasl.jaas.config',
  ],
  [
    [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url=https://issuer.example/token',
    ],
    'sasl.oauthbearer.token.endpoint.url: these tools take a token from a file: URL only',
  ],
] as const)('%j is refused, and the password not told', (lines, reason) => {
  expect(() => security(...lines)).toThrow(ClientConfigRefused)
  expect(() => security(...lines)).toThrow(reason)
})
