import { beforeEach, describe, expect, test } from 'vitest'
import { errorCode } from '../../../protocol/errors.ts'
import { dayMs } from '../../../src/base/units.ts'
import { credentialOf, saltedPassword } from '../../../src/security/scram-keys.ts'
import { SimBroker } from '../../support/sim-broker.ts'
import type { SimConnection } from '../../support/sim-broker.ts'

const salt = Buffer.from('a salt')
const settings = { 'delegation.token.secret.key': 'the secret' }

let broker: SimBroker

beforeEach(async () => {
  broker = await SimBroker.start(settings)
})

function upsertion(name: string, changes: { mechanism?: number; iterations?: number } = {}) {
  const how = { salt, iterations: 4096 }
  const salted = saltedPassword('SCRAM-SHA-256', 'pencil', how)
  return { name, mechanism: 1, ...how, saltedPassword: salted, ...changes }
}

const restarted = async (): Promise<SimBroker> => {
  await broker.core.close()
  return SimBroker.start(settings, { clock: broker.clock, disk: broker.disk })
}

describe('SCRAM credentials', () => {
  const alter = (body: { upsertions?: object[]; deletions?: object[] }) =>
    broker.ask('AlterUserScramCredentials', 0, { upsertions: [], deletions: [], ...body } as never)
  const describeUsers = (names: string[] | null, from = broker) =>
    from.ask('DescribeUserScramCredentials', 0, {
      users: names?.map((name) => ({ name })) ?? null,
    })

  test('are kept as keys, listed without them, survive a restart, and are deleted', async () => {
    const { results } = await alter({ upsertions: [upsertion('alice')] })
    expect(results).toEqual([{ user: 'alice', errorCode: 0, errorMessage: null }])
    const kept = broker.core.services.catalog.image.credentials.scram('SCRAM-SHA-256', 'alice')
    const how = { salt, iterations: 4096 }
    expect(kept).toEqual(credentialOf('SCRAM-SHA-256', 'pencil', how))
    broker = await restarted()
    const described = await describeUsers(null)
    const credentialInfos = [{ mechanism: 1, iterations: 4096 }]
    const alice = { user: 'alice', errorCode: 0, errorMessage: null, credentialInfos }
    expect(described.results).toEqual([alice])
    await alter({ deletions: [{ name: 'alice', mechanism: 1 }] })
    expect((await describeUsers([])).results).toEqual([])
  })

  test('are refused one by one, as Kafka refuses them', async () => {
    const { results } = await alter({
      deletions: [
        { name: 'gone', mechanism: 1 },
        { name: '', mechanism: 1 },
        { name: 'odd', mechanism: 9 },
      ],
      upsertions: [
        upsertion('few', { iterations: 4095 }),
        upsertion('many', { iterations: 16_385 }),
        upsertion('twice'),
        upsertion('twice', { mechanism: 2 }),
        upsertion('good'),
      ],
    })
    const errors = Object.fromEntries(results.map((one) => [one.user, one.errorCode]))
    expect(errors).toEqual({
      gone: errorCode('RESOURCE_NOT_FOUND'),
      '': errorCode('UNACCEPTABLE_CREDENTIAL'),
      odd: errorCode('UNSUPPORTED_SASL_MECHANISM'),
      few: errorCode('UNACCEPTABLE_CREDENTIAL'),
      many: errorCode('UNACCEPTABLE_CREDENTIAL'),
      twice: errorCode('DUPLICATE_RESOURCE'),
      good: 0,
    })
    const { results: described } = await describeUsers(['good', 'twice', 'good'])
    expect(described.map((one) => [one.user, one.errorCode])).toEqual([
      ['good', errorCode('DUPLICATE_RESOURCE')],
      ['twice', errorCode('RESOURCE_NOT_FOUND')],
    ])
  })
})

describe('delegation tokens', () => {
  const as = (principal: string): SimConnection => {
    const connection = broker.connect()
    connection.principal = principal
    connection.securityProtocol = 'SASL_PLAINTEXT'
    return connection
  }
  const create = (connection: SimConnection, renewers: string[] = [], maxLifetimeMs = -1) =>
    broker.ask(
      'CreateDelegationToken',
      3,
      {
        ownerPrincipalType: null,
        ownerPrincipalName: null,
        renewers: renewers.map((name) => ({ principalType: 'User', principalName: name })),
        maxLifetimeMs,
      },
      connection,
    )
  const createFor = (ownerPrincipalName: string, connection: SimConnection) =>
    broker.ask(
      'CreateDelegationToken',
      3,
      { ownerPrincipalType: 'User', ownerPrincipalName, renewers: [], maxLifetimeMs: -1 },
      connection,
    )
  const renew = (hmac: Buffer, connection: SimConnection, renewPeriodMs = -1) =>
    broker.ask('RenewDelegationToken', 2, { hmac, renewPeriodMs }, connection)
  const expire = (hmac: Buffer, connection: SimConnection, expiryTimePeriodMs = -1) =>
    broker.ask('ExpireDelegationToken', 2, { hmac, expiryTimePeriodMs }, connection)
  const list = (connection: SimConnection, from = broker) =>
    from.ask('DescribeDelegationToken', 3, { owners: null }, connection)

  test('live as long as they are allowed and renewed, and survive a restart', async () => {
    const alice = as('User:alice')
    const token = await create(alice, ['bob'], 2 * dayMs)
    const nowMs = token.issueTimestampMs
    expect(token).toMatchObject({
      errorCode: 0,
      principalName: 'alice',
      expiryTimestampMs: nowMs + dayMs,
      maxTimestampMs: nowMs + 2 * dayMs,
    })
    broker.clock.advance(dayMs / 2)
    const renewed = await renew(token.hmac, as('User:bob'))
    expect(renewed.expiryTimestampMs).toBe(nowMs + 1.5 * dayMs)
    expect((await renew(token.hmac, as('User:eve'))).errorCode).toBe(
      errorCode('DELEGATION_TOKEN_OWNER_MISMATCH'),
    )
    broker = await restarted()
    const { tokens } = await list(as('User:bob'))
    expect(tokens).toMatchObject([{ tokenId: token.tokenId, hmac: token.hmac }])
    broker.clock.advance(2 * dayMs)
    // The removal is on the device before it counts: a change behind it waits for that.
    await broker.core.services.catalog.commit([])
    expect(broker.bugs).toEqual([])
    expect((await list(alice)).tokens).toEqual([])
  })

  test('are ended by their owner, and not found afterwards', async () => {
    const alice = as('User:alice')
    const { hmac } = await create(alice)
    const later = await expire(hmac, alice, 1000)
    broker.clock.advance(1001)
    expect(later.errorCode).toBe(0)
    expect((await renew(hmac, alice)).errorCode).toBe(errorCode('DELEGATION_TOKEN_EXPIRED'))
    expect((await expire(hmac, alice)).errorCode).toBe(0)
    expect((await expire(hmac, alice)).errorCode).toBe(errorCode('DELEGATION_TOKEN_NOT_FOUND'))
  })

  test('are seen, renewed and ended by whom they were made by for somebody else', async () => {
    const alice = as('User:alice')
    const { hmac } = await createFor('bob', alice)
    expect((await list(alice)).tokens).toMatchObject([
      { principalName: 'bob', tokenRequesterPrincipalName: 'alice' },
    ])
    expect((await renew(hmac, alice)).errorCode).toBe(0)
    expect((await expire(hmac, alice)).errorCode).toBe(0)
    expect((await list(as('User:bob'))).tokens).toEqual([])
  })

  test('are not for those who have proved nothing, or came by a token', async () => {
    const anonymous = broker.connect()
    const notAllowed = errorCode('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
    expect((await create(anonymous)).errorCode).toBe(notAllowed)
    const oneWay = as('User:ANONYMOUS')
    oneWay.securityProtocol = 'SSL'
    expect((await create(oneWay)).errorCode).toBe(notAllowed)
    const byToken = as('User:alice')
    byToken.byToken = true
    expect((await create(byToken)).errorCode).toBe(notAllowed)
    expect((await list(byToken)).errorCode).toBe(notAllowed)
  })

  test('are not made without a secret', async () => {
    broker = await SimBroker.start()
    const alice = as('User:alice')
    const disabled = errorCode('DELEGATION_TOKEN_AUTH_DISABLED')
    expect((await create(alice)).errorCode).toBe(disabled)
    expect((await renew(Buffer.from('x'), alice)).errorCode).toBe(disabled)
    expect((await list(alice)).errorCode).toBe(disabled)
  })
})
