import { describe, expect, test } from 'vitest'
import { findQuotas, planQuotaChanges } from '../../../src/catalog/quota-control.ts'
import type { QuotaAlteration } from '../../../src/catalog/quota-control.ts'
import { QuotaImage } from '../../../src/catalog/quota-image.ts'
import { isAddress } from '../../../src/security/host.ts'

type Entity = Record<string, string | null>

function alteration(entity: Entity, ...ops: [string, number | null][]): QuotaAlteration {
  return {
    entity: new Map(Object.entries(entity)),
    ops: ops.map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  }
}

function plan(quotas: QuotaImage, ...alterations: QuotaAlteration[]) {
  const { records, outcomes } = planQuotaChanges(quotas, alterations, isAddress)
  return { records, messages: outcomes.map(({ refusal }) => refusal?.message ?? null) }
}

function imageOf(...alterations: QuotaAlteration[]): QuotaImage {
  const quotas = new QuotaImage()
  const { records } = planQuotaChanges(quotas, alterations, isAddress)
  for (const record of records) if (record.type === 'ClientQuota') quotas.apply(record.data)
  return quotas
}

describe('AlterClientQuotas', () => {
  test.each<[string, Entity, string, number, string | null]>([
    ['a user', { user: 'a' }, 'producer_byte_rate', 1, null],
    ['a client id', { 'client-id': null }, 'consumer_byte_rate', 2000, null],
    ['both', { user: 'a', 'client-id': 'c' }, 'controller_mutation_rate', 0.5, null],
    ['a share of time', { user: null }, 'request_percentage', 12.5, null],
    ['an address', { ip: '127.0.0.9' }, 'connection_creation_rate', 5, null],
    ['an IPv6 address', { ip: '::1' }, 'connection_creation_rate', 5, null],
    ['all addresses', { ip: null }, 'connection_creation_rate', 5, null],
    [
      'a host that is none',
      { ip: 'not.a.host.invalid.' },
      'connection_creation_rate',
      5,
      'not.a.host.invalid. is not a valid IP or resolvable host.',
    ],
    [
      'a key of clients for an address',
      { ip: '127.0.0.9' },
      'producer_byte_rate',
      5,
      'Invalid configuration key producer_byte_rate',
    ],
    [
      'an address with a user',
      { user: 'a', ip: '127.0.0.9' },
      'producer_byte_rate',
      5,
      'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId',
    ],
    ['an unknown key', { user: 'b' }, 'foo', 5, 'Invalid configuration key foo'],
    ['an unknown kind', { foo: 'b' }, 'foo', 5, 'Unhandled client quota entity type: foo'],
    ['nobody', {}, 'producer_byte_rate', 5, 'Invalid empty client quota entity'],
    ['an empty name', { user: '' }, 'producer_byte_rate', 5, 'Empty user not supported'],
    [
      'nothing at all',
      { user: 'b' },
      'producer_byte_rate',
      0,
      'Quota producer_byte_rate must be greater than 0',
    ],
    [
      'a fraction of a byte',
      { user: 'b' },
      'producer_byte_rate',
      1.5,
      'producer_byte_rate cannot be a fractional value.',
    ],
    [
      'a fraction of a connection',
      { ip: '1.2.3.4' },
      'connection_creation_rate',
      1.5,
      'connection_creation_rate cannot be a fractional value.',
    ],
    [
      'too much',
      { user: 'b' },
      'producer_byte_rate',
      Infinity,
      'Proposed value for producer_byte_rate is too large for a LONG.',
    ],
    [
      'too many connections',
      { ip: '1.2.3.4' },
      'connection_creation_rate',
      2 ** 31,
      'Proposed value for connection_creation_rate is too large for an INT.',
    ],
  ])('answers as Kafka does for %s', (_what, entity, key, value, message) => {
    const { records, messages } = plan(new QuotaImage(), alteration(entity, [key, value]))
    expect(messages).toEqual([message])
    expect(records).toHaveLength(message === null ? 1 : 0)
  })

  test('an entity that comes twice counts once, and is refused', () => {
    const twice = [
      alteration({ user: 'b' }, ['producer_byte_rate', 5]),
      alteration({ user: 'b' }, ['producer_byte_rate', 6]),
    ]
    const { records, messages } = plan(new QuotaImage(), ...twice)
    expect(messages).toEqual(['Ignoring duplicate entity ClientQuotaEntity(entries={user=b})'])
    expect(records).toMatchObject([{ data: { value: 5 } }])
  })

  test('a key that comes twice leaves all as it is', () => {
    const entity = { user: 'b', 'client-id': null }
    const twice = alteration(entity, ['producer_byte_rate', 5], ['producer_byte_rate', 6])
    const { records, messages } = plan(new QuotaImage(), twice)
    const text = 'ClientQuotaEntity(entries={client-id=null, user=b})'
    expect(messages).toEqual([`Ignoring duplicate entity ${text}`])
    expect(records).toEqual([])
  })

  test('writes only what changes something', () => {
    const quotas = imageOf(alteration({ user: 'a' }, ['producer_byte_rate', 5]))
    const same = alteration({ user: 'a' }, ['producer_byte_rate', 5], ['request_percentage', null])
    expect(plan(quotas, same)).toEqual({ records: [], messages: [null] })
    const gone = plan(quotas, alteration({ user: 'a' }, ['producer_byte_rate', null]))
    expect(gone.records).toMatchObject([{ data: { key: 'producer_byte_rate', remove: true } }])
  })
})

describe('DescribeClientQuotas', () => {
  const quotas = imageOf(
    alteration({ user: 'a', 'client-id': 'c' }, ['controller_mutation_rate', 5]),
    alteration({ user: 'a' }, ['producer_byte_rate', 5]),
    alteration({ ip: '127.0.0.9' }, ['connection_creation_rate', 5]),
    alteration({ 'client-id': null }, ['consumer_byte_rate', 5]),
  )
  type Condition = [entityType: string, matchType: number, match: string | null]
  const find = (strict: boolean, ...conditions: Condition[]) => {
    const parts = conditions.map(([entityType, matchType, match]) => {
      return { entityType, matchType, match }
    })
    const found = findQuotas(quotas, parts, strict)
    if ('error' in found) return `${found.error}: ${found.message}`
    return found.map(({ entity }) => Object.fromEntries(entity))
  }

  test.each<[string, boolean, Condition[], number]>([
    ['everything without conditions', false, [], 4],
    ['nothing without conditions when strict', true, [], 0],
    ['a name among combinations', false, [['user', 0, 'a']], 2],
    ['a name alone when strict', true, [['user', 0, 'a']], 1],
    ['a default', false, [['client-id', 1, null]], 1],
    ['any of a kind', false, [['client-id', 2, null]], 2],
    // prettier-ignore
    ['two kinds', true, [['client-id', 2, null], ['user', 2, null]], 1],
    ['addresses', false, [['ip', 2, null]], 1],
    ['no such name', false, [['user', 0, 'b']], 0],
  ])('finds %s', (_what, strict, conditions, count) => {
    expect(find(strict, ...conditions)).toHaveLength(count)
  })

  test.each<[Condition[], string]>([
    [
      [
        ['user', 2, null],
        ['user', 2, null],
      ],
      'INVALID_REQUEST: Entity type user cannot appear more than once in the filter.',
    ],
    [[['foo', 2, null]], 'UNSUPPORTED_VERSION: Unsupported entity type foo'],
    [[['', 2, null]], 'INVALID_REQUEST: Invalid empty entity type.'],
    [[['user', 9, null]], 'INVALID_REQUEST: Unknown match type 9'],
    [
      [['user', 0, null]],
      'INVALID_REQUEST: Request specified MATCH_TYPE_EXACT, but set match string to null.',
    ],
    [
      [['user', 1, 'x']],
      'INVALID_REQUEST: Request specified MATCH_TYPE_DEFAULT, but also specified a match string.',
    ],
    [
      [['user', 2, 'x']],
      'INVALID_REQUEST: Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.',
    ],
    [
      [
        ['ip', 2, null],
        ['user', 2, null],
      ],
      'INVALID_REQUEST: Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
    ],
  ])('refuses a filter as Kafka does: %j', (conditions, message) => {
    expect(find(false, ...conditions)).toBe(message)
  })
})
