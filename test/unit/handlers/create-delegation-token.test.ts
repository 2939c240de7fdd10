// Tokens and SASL on a listener without authentication.
import { expect, test } from 'vitest'
import { SimBroker } from '../../support/sim-broker.ts'

const hmac = Buffer.from('token')

test('whoever has not authenticated gets, renews, ends and sees no token', async () => {
  const broker = await SimBroker.start()
  const renewed = await broker.ask('RenewDelegationToken', 2, { hmac, renewPeriodMs: 1 })
  const ended = await broker.ask('ExpireDelegationToken', 2, { hmac, expiryTimePeriodMs: 1 })
  const seen = await broker.ask('DescribeDelegationToken', 3, { owners: null })
  expect([renewed, ended, seen].map(({ errorCode }) => errorCode)).toEqual([64, 64, 64])
  expect([renewed.expiryTimestampMs, ended.expiryTimestampMs]).toEqual([-1, -1])
})

test('the refusal of a token names requester and owner', async () => {
  const broker = await SimBroker.start()
  const ask = (ownerPrincipalType: string | null, ownerPrincipalName: string | null) =>
    broker.ask('CreateDelegationToken', 3, {
      ownerPrincipalType,
      ownerPrincipalName,
      renewers: [],
      maxLifetimeMs: 1000,
    })
  const requester = {
    tokenRequesterPrincipalName: 'ANONYMOUS',
    tokenRequesterPrincipalType: 'User',
  }
  const own = { principalType: 'User', principalName: 'ANONYMOUS' }
  expect(await ask(null, null)).toMatchObject({ errorCode: 64, ...requester, ...own })
  const other = { principalType: 'User', principalName: 'bob' }
  expect(await ask('User', 'bob')).toMatchObject({ errorCode: 64, ...requester, ...other })
})

test('SASL is out of place', async () => {
  const broker = await SimBroker.start()
  const shaken = await broker.ask('SaslHandshake', 1, { mechanism: 'PLAIN' })
  expect(shaken).toMatchObject({ errorCode: 34, mechanisms: [] })
  const authenticated = await broker.ask('SaslAuthenticate', 2, {
    authBytes: Buffer.from('\0a\0b'),
  })
  expect(authenticated).toMatchObject({ errorCode: 34, sessionLifetimeMs: 0 })
})
