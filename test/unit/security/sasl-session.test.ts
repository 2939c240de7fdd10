import { describe, expect, test } from 'vitest'
import { failed } from '../../../src/security/sasl-server.ts'
import type { SaslStep } from '../../../src/security/sasl-server.ts'
import { SaslSession } from '../../../src/security/sasl-session.ts'
import type { SaslReply } from '../../../src/security/sasl-session.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')
const at = (ms: number) => () => ({ nowMs: ms, monotonicMs: ms })

/** A mechanism that does what the message says: "ok:<user>", "more", "no". */
function step(message: Buffer): SaslStep {
  const text = message.toString('utf8')
  const [, user, expiry] = /^ok:(\w+)(?::(\d+))?$/.exec(text) ?? []
  if (user !== undefined) {
    const expiresAtMs = expiry === undefined ? null : Number(expiry)
    return {
      kind: 'done',
      bytes: bytes('welcome'),
      identity: { user, byToken: false, expiresAtMs },
    }
  }
  return text === 'more' ? { kind: 'continue', bytes: bytes('go on') } : failed('wrong')
}

function newSession(maxReauthMs = 0): SaslSession {
  return new SaslSession({
    mechanisms: ['A', 'B'],
    start: () => ({ evaluate: step }),
    maxReauthMs: () => maxReauthMs,
  })
}

function now(reply: SaslReply | Promise<SaslReply>): SaslReply {
  if (reply instanceof Promise) throw new Error('it is there at once')
  return reply
}

describe('a first log-in', () => {
  test('is a handshake, tokens, and a user', () => {
    const session = newSession()
    expect(session.takesApiVersions).toBe(true)
    session.apiVersionsAnswered()
    expect(session.takesApiVersions).toBe(false)
    expect(session.handshake(1, 'A', 0)).toEqual({ kind: 'handshake', error: 'NONE', fails: false })
    expect(session.expectsBareToken).toBe(false)
    expect(now(session.token(bytes('more'), at(0)))).toMatchObject({
      error: 'NONE',
      identity: null,
    })
    const last = now(session.token(bytes('ok:alice'), at(0)))
    expect(last).toMatchObject({ error: 'NONE', identity: { user: 'alice' }, lifetimeMs: 0 })
    expect(session.isAuthenticated).toBe(true)
    expect(session.isExpired(1e12)).toBe(false)
  })

  test('with version 0 of the handshake has bare tokens', () => {
    const session = newSession()
    session.handshake(0, 'A', 0)
    expect(session.expectsBareToken).toBe(true)
    now(session.token(bytes('ok:a'), at(0)))
    expect(session.expectsBareToken).toBe(false)
  })

  test('fails for an unknown mechanism, a handshake too many, or a token too soon', () => {
    const unknown = newSession()
    const unsupported = { kind: 'handshake', error: 'UNSUPPORTED_SASL_MECHANISM', fails: true }
    expect(unknown.handshake(1, 'C', 0)).toEqual(unsupported)
    expect(unknown.handshake(1, 'A', 0).kind).toBe('end')
    const twice = newSession()
    twice.handshake(1, 'A', 0)
    expect(twice.handshake(1, 'A', 0)).toMatchObject({ error: 'ILLEGAL_SASL_STATE', fails: true })
    expect(now(newSession().token(bytes('ok:a'), at(0))).kind).toBe('end')
  })

  test('says of wrong credentials no more than that', () => {
    const session = newSession()
    session.handshake(1, 'B', 0)
    expect(now(session.token(bytes('no'), at(0)))).toMatchObject({
      error: 'SASL_AUTHENTICATION_FAILED',
      message:
        'Authentication failed during authentication due to invalid credentials with SASL mechanism B',
      fails: true,
    })
    expect(now(session.token(bytes('ok:a'), at(0))).kind).toBe('end')
  })
})

describe('a log-in that runs out (KIP-368)', () => {
  function loggedIn(maxReauthMs: number): SaslSession {
    const session = newSession(maxReauthMs)
    session.handshake(1, 'A', 0)
    now(session.token(bytes('ok:alice'), at(1000)))
    return session
  }

  test('lasts as long as the broker or the credential allows, whichever is less', () => {
    const session = newSession(5000)
    session.handshake(1, 'A', 0)
    const reply = now(session.token(bytes('ok:alice:4000'), at(1000)))
    expect(reply).toMatchObject({ lifetimeMs: 3000 })
    expect([session.isExpired(4000), session.isExpired(4001)]).toEqual([false, true])
  })

  test('is renewed on the same connection, by the same user and mechanism', () => {
    const session = loggedIn(5000)
    expect(session.handshake(1, 'A', 5000)).toMatchObject({ error: 'NONE' })
    expect(now(session.token(bytes('ok:alice'), at(5000)))).toMatchObject({ lifetimeMs: 5000 })
    expect(session.isExpired(9000)).toBe(false)
  })

  test('is not renewed for another user, by another mechanism, too often, or without need', () => {
    const other = loggedIn(5000)
    other.handshake(1, 'A', 5000)
    expect(now(other.token(bytes('ok:bob'), at(5000)))).toMatchObject({
      fails: true,
      message: 'Cannot change principals during re-authentication from User.alice: User.bob',
    })
    const mechanism = loggedIn(5000)
    mechanism.handshake(1, 'B', 5000)
    expect(now(mechanism.token(bytes('ok:alice'), at(5000))).kind).toBe('end')
    const often = loggedIn(5000)
    often.handshake(1, 'A', 5000)
    now(often.token(bytes('ok:alice'), at(5000)))
    expect(often.handshake(1, 'A', 5500).kind).toBe('not-ours')
    expect(loggedIn(0).handshake(1, 'A', 5000).kind).toBe('not-ours')
  })
})

test('no order of messages lets anyone in without a mechanism that says so (seeded)', () => {
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed
    const draw = (count: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * count)
    }
    const session = newSession(draw(2) * 100)
    let isAllowed = false
    for (let turn = 0; turn < 30; turn++) {
      const choice = draw(6)
      if (choice === 0) session.handshake(draw(2), ['A', 'B', 'C'][draw(3)] ?? 'A', turn * 700)
      else if (choice === 1) session.apiVersionsAnswered()
      else if (choice === 2) session.unexpected('another request')
      else {
        const text = ['more', 'no', 'ok:alice', ''][draw(4)] ?? ''
        const reply = now(session.token(bytes(text), at(turn * 700)))
        if (reply.kind === 'token' && reply.identity !== null) {
          expect(text, `seed ${seed}`).toBe('ok:alice')
          isAllowed = true
        }
      }
      if (session.isAuthenticated) expect(isAllowed, `seed ${seed}`).toBe(true)
      if (!isAllowed) expect(session.isAuthenticated, `seed ${seed}`).toBe(false)
    }
  }
})
