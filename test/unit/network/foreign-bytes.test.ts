import { expect, test } from 'vitest'
import { describeForeignBytes } from '../../../src/network/foreign-bytes.ts'

test('a TLS client hello is named as such', () => {
  expect(describeForeignBytes(0x16030100, Buffer.from([0x16, 0x03, 0x01, 0x00]))).toContain('TLS')
})

test('an HTTP request is named as such', () => {
  expect(describeForeignBytes(0x47455420, Buffer.from('GET / HTTP/1.1'))).toContain('HTTP')
})

test('anything else is told by the size that it declared', () => {
  expect(describeForeignBytes(-1, Buffer.from([255, 255, 255, 255]))).toContain('-1 bytes')
})
