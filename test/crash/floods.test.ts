// Crowds that have no business here: who never logs in, who guesses, who never ends a handshake. They
// cost the broker what it allows them, and those who belong here come in meanwhile.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/kafkajs.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startSecureBroker, type SecureBroker } from '../support/secure-broker.ts'
import { WireClient } from '../support/wire-client.ts'

const pendingMax = 50
const timeoutMs = 2000
const saslAuthenticationFailed = 58
const MiB = 1 << 20

let secure: SecureBroker

beforeAll(async () => {
  secure = await startSecureBroker({
    'ottla.authentication.connections.max': String(pendingMax),
    'ottla.authentication.timeout.ms': String(timeoutMs),
    'connection.failed.authentication.delay.ms': '100',
    'socket.listen.backlog.size': '500',
  })
})

afterAll(async () => {
  await secure.broker.stop()
})

function open(count: number, address: string): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: count }, () => RawConnection.open(address)))
}

const openCount = (peers: readonly RawConnection[]): number =>
  peers.filter(({ closed }) => !closed).length

/** The error code of a log-in with this password. */
async function logIn(password: string): Promise<number> {
  const client = await WireClient.open(secure.at('SASL_PLAINTEXT'))
  await client.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const authBytes = Buffer.from(`\0alice\0${password}`)
  const { errorCode } = await client.call('SaslAuthenticate', 2, { authBytes })
  if (errorCode === 0) await client.call('Metadata', 9, { topics: [] })
  client.end()
  return errorCode
}

function residentBytes(): number {
  const status = readFileSync(`/proc/${secure.broker.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024
}

test('of 400 who never log in no more stay than may, none for long, and others come in', async () => {
  const before = residentBytes()
  const peers = await open(400, secure.at('SASL_PLAINTEXT'))
  await eventually('the first are gone', () => openCount(peers) <= pendingMax, 2000)
  expect(await logIn('alice-secret')).toBe(0)
  // In its turn each of them is the oldest: none has ended one that came later.
  expect(peers.slice(-10).every(({ closed }) => !closed)).toBe(true)
  expect(residentBytes() - before).toBeLessThan(40 * MiB)
  await eventually('all are gone', () => openCount(peers) === 0, 3 * timeoutMs)
})

test('handshakes that go on byte by byte are ended in time', async () => {
  const peers = await open(40, secure.at('SSL'))
  const clientHello = Buffer.from('1603010200010001fc0303', 'hex')
  for (const byte of clientHello) {
    for (const peer of peers) void peer.write(Buffer.of(byte))
    await sleep(10)
  }
  expect(openCount(peers)).toBe(40)
  await eventually('all are gone', () => openCount(peers) === 0, 3 * timeoutMs)
})

test('frames that are large before the log-in end their connection at once', async () => {
  const [large] = await open(1, secure.at('SASL_PLAINTEXT'))
  const size = Buffer.alloc(4)
  size.writeInt32BE(600_000)
  void large?.write(size)
  expect(await large?.next(timeoutMs - 1000)).toBe('closed')
})

test('those who guess wait longer and longer, fill no log, and hold nobody up', async () => {
  const guesses = Array.from({ length: 45 }, () => logIn('guess'))
  const startMs = performance.now()
  expect(await logIn('alice-secret')).toBe(0)
  const rightMs = performance.now() - startMs
  expect(new Set(await Promise.all(guesses))).toEqual(new Set([saslAuthenticationFailed]))
  const wrongMs = performance.now() - startMs
  // The 41st waits three times 100 ms.
  expect(wrongMs).toBeGreaterThan(300)
  expect(rightMs).toBeLessThan(wrongMs)
  const lines = secure.broker.output().split('\n')
  expect(lines.filter((line) => line.includes('log-in failed'))).toHaveLength(1)
})
