// Addresses as access rules compare them.
import { expect, test } from 'vitest'
import { canonicalHost } from '../../../src/security/host.ts'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['*', '*'],
  ['example.com', 'example.com'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0:1'],
  ['FE80::0A:1%eth0', 'fe80:0:0:0:0:0:a:1'],
  ['2001:0db8::1', '2001:db8:0:0:0:0:0:1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
])('%s is compared as %s', (given, canonical) => {
  expect(canonicalHost(given)).toBe(canonical)
})

test.each(['1:2', 'a::b::c', '1:2:3:4:5:6:7:8:9', 'g::1', '1::2:3:4:5:6:7:8'])(
  '%s is no address and stays',
  (given) => {
    expect(canonicalHost(given)).toBe(given)
  },
)
