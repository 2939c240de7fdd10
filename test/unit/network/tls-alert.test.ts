import { createDecipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  alertOfVerdict,
  fatalAlertRecord,
  serverTrafficSecret,
  tlsAlerts,
} from '../../../src/network/tls-alert.ts'

/** RFC 8448, section 3: the server's application secret and what is derived from it. */
const traced = {
  secret: 'a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643',
  key: '9f02283b6c9c07efc26bb9f2ac92e356',
  iv: 'cf782b88dd83549aadf1e984',
}
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

test('the alert is the first record under the key that RFC 8448 derives', () => {
  const suite = 'TLS_AES_128_GCM_SHA256'
  const record = fatalAlertRecord(tlsAlerts.unknownAuthority, {
    suite,
    secret: bytes(traced.secret),
  })
  if (record === null) throw new Error('the suite is known')
  const [head, sealed, tag] = [record.subarray(0, 5), record.subarray(5, 8), record.subarray(8)]
  expect(head.toString('hex')).toBe('1703030013')
  const opening = createDecipheriv('aes-128-gcm', bytes(traced.key), bytes(traced.iv))
  opening.setAAD(head)
  opening.setAuthTag(tag)
  const plain = Buffer.concat([opening.update(sealed), opening.final()])
  const [fatal, unknownCa, alertType] = [2, 48, 21]
  expect([...plain]).toEqual([fatal, unknownCa, alertType])
})

test.each(['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])(
  'there is a record for %s too',
  (suite) => {
    const record = fatalAlertRecord(tlsAlerts.accessDenied, { suite, secret: Buffer.alloc(48, 1) })
    expect(record?.length).toBe(24)
  },
)

test('for a suite of which nothing is known there is none', () => {
  const secret = Buffer.alloc(32)
  expect(
    fatalAlertRecord(tlsAlerts.accessDenied, { suite: 'TLS_AES_128_CCM_SHA256', secret }),
  ).toBe(null)
})

test('OpenSSL’s verdicts become the alerts that say the same', () => {
  expect(alertOfVerdict('CERT_HAS_EXPIRED')).toBe(tlsAlerts.certificateExpired)
  expect(alertOfVerdict('SELF_SIGNED_CERT_IN_CHAIN')).toBe(tlsAlerts.unknownAuthority)
  expect(alertOfVerdict('something new')).toBe(tlsAlerts.certificateUnknown)
})

test('of a key log’s lines one holds the secret', () => {
  const line = (label: string) => Buffer.from(`${label} 00ff ${traced.secret}\n`)
  expect(serverTrafficSecret(line('SERVER_TRAFFIC_SECRET_0'))).toEqual(bytes(traced.secret))
  expect(serverTrafficSecret(line('SERVER_HANDSHAKE_TRAFFIC_SECRET'))).toBe(null)
  expect(serverTrafficSecret(line('CLIENT_RANDOM'))).toBe(null)
})
