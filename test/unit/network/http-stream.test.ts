import { expect, test } from 'vitest'
import { FirstBytes } from '../../../src/network/first-bytes.ts'
import { beginsWithHttp } from '../../../src/network/http-stream.ts'

test.each(['GET / HTTP/1.1\r\n', 'HEAD /metrics HTTP/1.0\r\n', 'OPTIONS * HTTP/1.1\r\n'])(
  '%j is HTTP',
  (text) => {
    expect(beginsWithHttp(Buffer.from(text))).toBe(true)
  },
)

test.each([
  ['a frame of ApiVersions', '0000001a0012000300000001000463616c6c00'],
  ['a TLS handshake', '16030100f1010000ed0303aabbccddeeff00112233'],
  [
    'a frame that is as long as GET says',
    `${Buffer.from('GET ').toString('hex')}${'00'.repeat(20)}`,
  ],
  ['the beginning of a request line', Buffer.from('GET /').toString('hex')],
  ['nothing', ''],
])('%s is not HTTP', (_what, hex) => {
  expect(beginsWithHttp(Buffer.from(hex, 'hex'))).toBe(false)
})

test('what is not HTTP goes to the connection with its first bytes, and later ones directly', () => {
  const received: Buffer[] = []
  const connection = {
    readTarget: (scratch: Buffer) => scratch,
    onBytes: (bytes: Buffer) => void received.push(Buffer.from(bytes)),
  }
  let reader: unknown = null
  const first = new FirstBytes({
    socket: undefined as never,
    connection,
    become: (next) => (reader = next),
    enterHttp: () => {
      throw new Error('this is Kafka')
    },
  })
  first.onBytes(Buffer.from('0000001a00120003', 'hex'))
  expect(reader).toBe(connection)
  expect(Buffer.concat(received).toString('hex')).toBe('0000001a00120003')
})
