// Clients on their way in that say anything at any moment: TLS records, SASL handshakes, tokens and requests,
// whole, damaged and cut. Nobody comes in without a password, nothing breaks, and who has one comes in.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { damagedFrame, recordedFrames, SeededRandom } from '../support/mutations.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startSecureBroker } from '../support/secure-broker.ts'
import type { SecureBroker } from '../support/secure-broker.ts'
import { encodeRequestFrame, WireClient } from '../support/wire-client.ts'

const seed = Number(process.env['OTTLA_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const sessions = Number(process.env['OTTLA_FUZZ_SESSIONS'] ?? 200)
const fuzzers = 10
const answerWaitMs = 20

let secure: SecureBroker

beforeAll(async () => {
  secure = await startSecureBroker({ 'connection.failed.authentication.delay.ms': '0' })
})

afterAll(async () => {
  await secure.broker.stop()
})

const header = { correlationId: 1, clientId: 'fuzz' }
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER', 'GSSAPI', '']
const tokens = [
  '\0alice\0wrong',
  '\0alice\0alice-secret\0more',
  'n,,n=bob,r=nonce',
  'n,,n=nobody,r=nonce',
  'c=biws,r=nonce,p=cHJvb2Y=',
  'n,,\x01auth=Bearer a.b.c\x01\x01',
  '\x01',
  '',
]

/** One thing that a client may say; mostly what could come next, sometimes anything. */
function message(random: SeededRandom, corpus: ReturnType<typeof recordedFrames>): Buffer {
  const authBytes = Buffer.from(tokens[random.below(tokens.length)] ?? '')
  const mechanism = mechanisms[random.below(mechanisms.length)] ?? ''
  const version = random.below(2)
  switch (random.below(8)) {
    case 0:
    case 1:
      return encodeRequestFrame('SaslHandshake', version, { mechanism }, header)
    case 2:
    case 3:
      return encodeRequestFrame('SaslAuthenticate', version, { authBytes }, header)
    case 4:
      return encodeRequestFrame('ApiVersions', 0, {}, header)
    case 5: {
      const bare = Buffer.alloc(4)
      bare.writeInt32BE(authBytes.length)
      return Buffer.concat([bare, authBytes])
    }
    case 6:
      return damagedFrame(random, corpus)
    default:
      return Buffer.from('160301020001000001fc0303', 'hex').subarray(0, 1 + random.below(12))
  }
}

const inquiryId = 0x7eadbeef
/** What nobody has an answer of who has not logged in. */
const inquiry = encodeRequestFrame(
  'Metadata',
  1,
  { topics: null },
  { ...header, correlationId: inquiryId },
)

test(`nobody comes in by saying anything (OTTLA_FUZZ_SEED=${seed})`, async () => {
  const corpus = recordedFrames()
  const ports = ['SASL_PLAINTEXT', 'SASL_SSL', 'SSL', 'MTLS'] as const
  let answered = 0
  let told = 0
  const session = async (random: SeededRandom): Promise<void> => {
    const listener = ports[random.below(ports.length)] ?? 'SASL_PLAINTEXT'
    const connection = await RawConnection.open(secure.at(listener))
    for (let said = 0; said < 6 && !connection.closed; said++) {
      const asked = message(random, corpus)
      const cut = random.below(10) === 0 ? random.below(asked.length + 1) : asked.length
      void connection.write(asked.subarray(0, cut))
      if (random.below(3) === 0) void connection.write(inquiry)
      const outcome = await connection.next(answerWaitMs)
      if (!Buffer.isBuffer(outcome)) continue
      answered += 1
      if (outcome.length >= 4 && outcome.readInt32BE(0) === inquiryId) told += 1
    }
    connection.end()
  }
  const all = Array.from({ length: fuzzers }, async (_, at) => {
    const random = new SeededRandom(seed + at)
    for (let count = 0; count < sessions / fuzzers; count++) await session(random)
  })
  await Promise.all(all)
  expect(answered).toBeGreaterThan(0)
  expect(told).toBe(0)
  const bugs = /met a bug|internal error|AssertionFailure|TypeError|RangeError/
  expect(
    secure.broker
      .output()
      .split('\n')
      .filter((line) => bugs.test(line)),
  ).toEqual([])
  const client = await WireClient.open(secure.at('SASL_PLAINTEXT'))
  await client.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const authBytes = Buffer.from('\0alice\0alice-secret')
  expect((await client.call('SaslAuthenticate', 2, { authBytes })).errorCode).toBe(0)
  client.end()
})
