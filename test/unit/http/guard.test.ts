import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../../src/http/guard.ts'

const known = new Set(['broker.example.com'])
const get = { method: 'GET', origin: undefined, fetchSite: undefined }

describe('the guard of the HTTP pages', () => {
  test.each([
    'localhost:9092',
    'localhost',
    'LOCALHOST.:1',
    'ottla:9092',
    'my.localhost',
    '127.0.0.1:9092',
    '10.1.2.3',
    '[::1]:9092',
    'broker.example.com:9092',
    'BROKER.example.com',
  ])('answers the host %s', (host) => {
    expect(refusalOf({ ...get, host }, known)).toBeNull()
  })

  test.each(['evil.example:9092', 'localhost.evil.example', '127.0.0.1.evil.example', 'a.b'])(
    'refuses the host %s: its owner could have it point here',
    (host) => {
      expect(refusalOf({ ...get, host }, known)?.status).toBe(403)
    },
  )

  test.each([undefined, '', 'a b', 'user@localhost', 'localhost:port', '[::1', 'x/y'])(
    'refuses a Host header that is none: %s',
    (host) => {
      expect(refusalOf({ ...get, host }, known)?.status).toBe(400)
    },
  )

  test('any host is answered where * is allowed', () => {
    expect(refusalOf({ ...get, host: 'a.b.c' }, new Set(['*']))).toBeNull()
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', undefined])(
    'refuses the method %s',
    (method) => {
      expect(refusalOf({ ...get, method, host: 'localhost' }, known)?.status).toBe(405)
    },
  )

  test('pages of its own origin are answered, those of others and of none are not', () => {
    const host = 'localhost:9092'
    const from = (origin: string, fetchSite?: string): unknown =>
      refusalOf({ ...get, host, origin, fetchSite }, known)
    expect(from('http://localhost:9092')).toBeNull()
    expect(from('https://localhost:9092')).toBeNull()
    expect(from('http://localhost:3000')).toMatchObject({ status: 403 })
    expect(from('http://evil.example')).toMatchObject({ status: 403 })
    expect(from('null')).toMatchObject({ status: 403 })
    expect(from('http://localhost:9092', 'cross-site')).toMatchObject({ status: 403 })
  })

  test('a link on another site may lead here', () => {
    const link = { ...get, host: 'localhost', fetchSite: 'cross-site' }
    expect(refusalOf(link, known)).toBeNull()
  })
})
