import { getCiphers } from 'node:tls'
import { expect, test } from 'vitest'
import { opensslSuites } from '../../../src/network/cipher-suites.ts'

test.each([
  'TLS_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
])('OpenSSL knows %s by its own name', (name) => {
  expect(getCiphers()).toContain(opensslSuites([name]).toLowerCase())
})
