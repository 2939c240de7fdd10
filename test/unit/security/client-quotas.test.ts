import { describe, expect, test } from 'vitest'
import type { EntityQuotas, QuotaEntityType } from '../../../src/catalog/quota-image.ts'
import { ClientQuotas } from '../../../src/security/client-quotas.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

type Entity = Partial<Record<QuotaEntityType, string | null>>
const types = ['user', 'client-id', 'ip'] as const

function rule(entity: Entity, values: Record<string, number>): EntityQuotas {
  const parts = types.flatMap((type): [QuotaEntityType, string | null][] => {
    const name = entity[type]
    return name === undefined ? [] : [[type, name]]
  })
  return { entity: new Map(parts), values: new Map(Object.entries(values)) }
}

function quotasWith(...rules: EntityQuotas[]) {
  const clock = new SimClock()
  const windows = { sampleCount: 11, sampleMs: 1000 }
  const nowMs = () => clock.monotonicMs()
  const quotas = new ClientQuotas({ windows, controllerWindows: windows, nowMs })
  quotas.setRules(rules)
  return { clock, quotas }
}

const client = (user: string, clientId: string | null) => ({ principal: `User:${user}`, clientId })

describe('which quota holds', () => {
  // Most exact first; each allows one byte per second more than the one before.
  const ordered: Entity[] = [
    { user: 'a', 'client-id': 'c' },
    { user: 'a', 'client-id': null },
    { user: 'a' },
    { user: null, 'client-id': 'c' },
    { user: null, 'client-id': null },
    { user: null },
    { 'client-id': 'c' },
    { 'client-id': null },
  ]
  const rules = ordered.map((entity, at) => rule(entity, { consumer_byte_rate: at + 1 }))

  test.each(ordered.map((entity, at) => [JSON.stringify(entity), at] as const))(
    '%s goes before all that are less exact',
    (_entity, at) => {
      const { quotas } = quotasWith(...rules.slice(at))
      expect(quotas.fetchBytesMax(client('a', 'c'))).toBe(10 * (at + 1))
    },
  )

  test('a client that no rule names is not limited', () => {
    const { quotas } = quotasWith(rule({ user: 'a' }, { consumer_byte_rate: 1 }))
    expect(quotas.fetchBytesMax(client('b', 'c'))).toBe(Number.MAX_SAFE_INTEGER)
    expect(quotas.produced(client('a', 'c'), 1e9)).toBe(0)
  })

  test('a client without a name is under the rules of its user alone', () => {
    const { quotas } = quotasWith(...rules)
    expect(quotas.fetchBytesMax(client('a', null))).toBe(30)
    expect(quotas.fetchBytesMax(client('b', ''))).toBe(60)
  })

  test('names of rules and of clients are never taken for each other', () => {
    const { quotas } = quotasWith(rule({ user: null }, { consumer_byte_rate: 1 }))
    expect(quotas.fetchBytesMax(client('null', 'null'))).toBe(10)
    const named = quotasWith(rule({ user: 'null' }, { consumer_byte_rate: 1 })).quotas
    expect(named.fetchBytesMax(client('x', 'c'))).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('without rules, and with rules for addresses alone, nothing is counted', () => {
    const { quotas } = quotasWith()
    expect(quotas.enabled).toBe(false)
    quotas.setRules([rule({ ip: null }, { connection_creation_rate: 1 })])
    expect(quotas.enabled).toBe(false)
  })
})

describe('who shares a quota', () => {
  const sharing = (entity: Entity, first: [string, string], second: [string, string]): boolean => {
    const { quotas } = quotasWith(rule(entity, { producer_byte_rate: 100 }))
    expect(quotas.produced(client(...first), 1000)).toBe(0)
    return quotas.produced(client(...second), 1000) > 0
  }

  test.each<[string, Entity, [string, string], boolean]>([
    ['all clients of a user', { user: 'a' }, ['a', 'd'], true],
    ['each user on its own under the default', { user: null }, ['b', 'c'], false],
    ['all users of a client id', { 'client-id': 'c' }, ['b', 'c'], true],
    ['each client id on its own under the default', { 'client-id': null }, ['a', 'd'], false],
    ['a user’s clients each', { user: 'a', 'client-id': null }, ['a', 'd'], false],
    ['a client id per user', { user: null, 'client-id': 'c' }, ['b', 'c'], false],
  ])('%s', (_what, entity, second, shares) => {
    expect(sharing(entity, ['a', 'c'], second)).toBe(shares)
  })
})

describe('throttle times', () => {
  test('a new limit holds at once, for what was used before too', () => {
    const { quotas } = quotasWith(rule({ user: 'a' }, { producer_byte_rate: 1000 }))
    expect(quotas.produced(client('a', 'c'), 5000)).toBe(0)
    quotas.setRules([rule({ user: 'a' }, { producer_byte_rate: 100 })])
    expect(quotas.produced(client('a', 'c'), 0)).toBe(40_000)
    quotas.setRules([])
    expect(quotas.produced(client('a', 'c'), 1e9)).toBe(0)
  })

  test('a fetch that is throttled has used nothing', () => {
    const { quotas } = quotasWith(rule({ user: 'a' }, { consumer_byte_rate: 100 }))
    expect(quotas.fetched(client('a', 'c'), 900)).toBe(0)
    expect(quotas.fetched(client('a', 'c'), 200)).toBe(1000)
    expect(quotas.fetched(client('a', 'c'), 100)).toBe(0)
  })

  test('time is throttled for one sample at most', () => {
    const { quotas } = quotasWith(rule({ 'client-id': null }, { request_percentage: 1 }))
    expect(quotas.countsTime).toBe(true)
    // 100 ms are 10 % of a second: exactly 1 % over ten seconds.
    expect(quotas.spent(client('a', 'c'), 100)).toBe(0)
    expect(quotas.spent(client('a', 'c'), 1)).toBe(100)
    expect(quotas.spent(client('a', 'c'), 5000)).toBe(1000)
  })

  test('changes are refused while more is owed than has come, where the client knows of it', () => {
    const { clock, quotas } = quotasWith(rule({ user: 'a' }, { controller_mutation_rate: 1 }))
    const quota = quotas.mutations(client('a', 'c'), true)
    expect([quota.tryTake(10), quota.tryTake(5), quota.tryTake(1)]).toEqual([true, true, false])
    expect(quota.throttleMs()).toBe(4000)
    clock.advance(1500)
    expect(quota.throttleMs()).toBe(2500)
    const owing = quotas.mutations(client('a', 'c'), true)
    expect([owing.tryTake(1), owing.throttleMs()]).toEqual([false, 2500])
    clock.advance(2500)
    expect(quotas.mutations(client('a', 'c'), true).tryTake(1)).toBe(true)
  })

  test('a client that does not know of it is served and waits', () => {
    const { quotas } = quotasWith(rule({ user: 'a' }, { controller_mutation_rate: 1 }))
    const quota = quotas.mutations(client('a', 'c'), false)
    expect([quota.tryTake(15), quota.tryTake(1), quota.throttleMs()]).toEqual([true, true, 5000])
  })

  test('a change that uses up what there was is not throttled by itself', () => {
    const { quotas } = quotasWith(rule({ user: 'a' }, { controller_mutation_rate: 1 }))
    const quota = quotas.mutations(client('a', 'c'), true)
    expect([quota.tryTake(100), quota.throttleMs()]).toEqual([true, 0])
  })
})

test('clients that use nothing are forgotten, those that do are not', () => {
  const { clock, quotas } = quotasWith(rule({ 'client-id': null }, { producer_byte_rate: 100 }))
  quotas.produced(client('a', 'early'), 2000)
  clock.advance(60_000)
  quotas.produced(client('a', 'busy'), 2000)
  for (let at = 0; at < 25_000; at++) quotas.produced(client('a', `c${at}`), 1)
  expect(quotas.produced(client('a', 'busy'), 0)).toBeGreaterThan(0)
  expect(quotas.produced(client('a', 'early'), 0)).toBe(0)
})
