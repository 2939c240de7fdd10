import { expect, test } from 'vitest'
import { clientConfig, parseBootstrap, propertiesOf } from '../../../src/client/client-config.ts'

const config = (text: string) => clientConfig(propertiesOf(text), { clientId: 'tool' })

test('a bootstrap list names hosts, IPv4 and IPv6 addresses', () => {
  expect(parseBootstrap('a:1, [::1]:2,PLAINTEXT://127.0.0.1:3')).toEqual([
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
    { host: '127.0.0.1', port: 3 },
  ])
})

test.each(['', 'localhost', 'a:b', 'a:99999', ','])('%j is no bootstrap list', (text) => {
  expect(() => parseBootstrap(text)).toThrow(/bootstrap/)
})

test("settings have Kafka's keys and defaults", () => {
  expect(config('bootstrap.servers=a:1\nclient.id=me\nrequest.timeout.ms=7')).toMatchObject({
    bootstrap: [{ host: 'a', port: 1 }],
    clientId: 'me',
    requestTimeoutMs: 7,
    apiTimeoutMs: 60_000,
  })
  expect(config('bootstrap.servers=a:1').clientId).toBe('tool')
})

test('what cannot be used is refused with its key', () => {
  expect(() => config('bootstrap.servers=a:1\nsecurity.protocol=TLS')).toThrow(
    'Invalid value TLS for configuration security.protocol',
  )
  expect(() => config('bootstrap.servers=a:1\nretry.backoff.ms=soon')).toThrow(
    'Invalid value soon for configuration retry.backoff.ms: Not a number',
  )
})
