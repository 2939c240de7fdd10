// Super users, defaults, remembered decisions, and what is logged.
import { expect, test } from 'vitest'
import type { Acl } from '../../../src/catalog/acl.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { LogFields, Logger } from '../../../src/io/logger.ts'
import { Authorizer } from '../../../src/security/authorizer.ts'

const readOrders: Acl = {
  resourceType: 2,
  resourceName: 'orders',
  patternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
}

function world(options: { superUsers?: string[]; allowIfNoAcl?: boolean } = {}) {
  const logged: LogFields[] = []
  const logger: Logger = { ...silentLogger, info: (fields) => void logged.push(fields) }
  const { superUsers = [], allowIfNoAcl = false } = options
  const authorizer = new Authorizer([readOrders], {
    superUsers: new Set(superUsers),
    allowIfNoAcl,
    logger,
  })
  return { authorizer, logged }
}
const alice = { principal: 'User:alice', clientAddress: '10.0.0.1' }
const bob = { principal: 'User:bob', clientAddress: '10.0.0.1' }

test('what no rule allows is denied', () => {
  const { authorizer } = world()
  expect(authorizer.authorize(alice, 'read', 'topic', 'orders', false)).toBe(true)
  expect(authorizer.authorize(bob, 'read', 'topic', 'orders', false)).toBe(false)
  expect(authorizer.authorize(alice, 'read', 'topic', 'other', false)).toBe(false)
})

test('with allow.everyone.if.no.acl.found only what no rule names is free', () => {
  const { authorizer } = world({ allowIfNoAcl: true })
  expect(authorizer.authorize(bob, 'write', 'topic', 'other', false)).toBe(true)
  expect(authorizer.authorize(bob, 'write', 'topic', 'orders', false)).toBe(false)
  expect(authorizer.authorizeSome(bob, 'write', 'topic')).toBe(true)
})

test('a super user may do everything, denials or not', () => {
  const { authorizer } = world({ superUsers: ['User:bob'] })
  authorizer.add({ ...readOrders, principal: 'User:bob', permissionType: 2 })
  expect(authorizer.authorize(bob, 'read', 'topic', 'orders', false)).toBe(true)
  expect(authorizer.authorizeSome(bob, 'write', 'topic')).toBe(true)
})

test('a decision holds until a rule changes', () => {
  const { authorizer } = world()
  const write = { ...readOrders, operation: 4 }
  const may = () => authorizer.authorize(alice, 'write', 'topic', 'orders', false)
  const maySome = () => authorizer.authorizeSome(alice, 'write', 'topic')
  expect([may(), maySome()]).toEqual([false, false])
  authorizer.add(write)
  expect([may(), maySome()]).toEqual([true, true])
  authorizer.remove(write)
  expect([may(), maySome()]).toEqual([false, false])
  expect(authorizer.aclCount).toBe(1)
})

test('a connection whose principal changes has the rights of the new one', () => {
  const { authorizer } = world()
  const connection = { principal: 'User:ANONYMOUS', clientAddress: '::1' }
  expect(authorizer.authorize(connection, 'read', 'topic', 'orders', false)).toBe(false)
  connection.principal = 'User:alice'
  expect(authorizer.authorize(connection, 'read', 'topic', 'orders', false)).toBe(true)
})

test('a refusal is logged once per connection, and never for a probe', () => {
  const { authorizer, logged } = world()
  const ask = (isProbe: boolean) => authorizer.authorize(bob, 'read', 'topic', 'orders', isProbe)
  expect([ask(true), logged.length]).toEqual([false, 0])
  expect([ask(false), ask(false), ask(true), logged.length]).toEqual([false, false, false, 1])
  expect(logged[0]).toMatchObject({
    principal: 'User:bob',
    operation: 'read',
    resource: { type: 'topic', name: 'orders' },
  })
})

test('a connection that asks for ever more names is remembered within a bound', () => {
  const { authorizer } = world()
  const names = Array.from({ length: 25_000 }, (_, at) => `name-${at}`)
  const allowed = names.filter((name) => authorizer.authorize(bob, 'read', 'topic', name, true))
  expect(allowed).toEqual([])
})
