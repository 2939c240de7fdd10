import { describe, expect, test } from 'vitest'
import { QuotaImage, quotaEntityKey } from '../../../src/catalog/quota-image.ts'

const user = (name: string | null) => ({ entityType: 'user', entityName: name })
const client = (name: string | null) => ({ entityType: 'client-id', entityName: name })

describe('the quotas that records add up to', () => {
  test('an entity is the same in whatever order its parts come', () => {
    const quotas = new QuotaImage()
    quotas.apply({ entity: [user('a'), client('c')], key: 'k', value: 1, remove: false })
    quotas.apply({ entity: [client('c'), user('a')], key: 'k', value: 2, remove: false })
    expect(quotas.size).toBe(1)
    const entity = new Map([['client-id', 'c'] as const, ['user', 'a'] as const])
    expect(quotas.of(entity)).toEqual(new Map([['k', 2]]))
  })

  test('the default is another entity than one that is called like it', () => {
    const names: (string | null)[] = [null, 'null', '<default>', '']
    const keys = names.map((name) => quotaEntityKey(new Map([['user', name]])))
    expect(new Set(keys).size).toBe(names.length)
  })

  test('an entity goes with its last quota', () => {
    const quotas = new QuotaImage()
    const entity = [user(null)]
    quotas.apply({ entity, key: 'a', value: 1, remove: false })
    quotas.apply({ entity, key: 'b', value: 1, remove: false })
    quotas.apply({ entity, key: 'a', value: 0, remove: true })
    expect([...quotas.all()].map(({ values }) => [...values])).toEqual([[['b', 1]]])
    quotas.apply({ entity, key: 'b', value: 0, remove: true })
    quotas.apply({ entity, key: 'b', value: 0, remove: true })
    expect(quotas.size).toBe(0)
  })

  test('kinds of entities that are not known limit nobody', () => {
    const quotas = new QuotaImage()
    const entity = [{ entityType: 'planet', entityName: 'mars' }]
    quotas.apply({ entity, key: 'a', value: 1, remove: false })
    expect(quotas.size).toBe(0)
  })
})
