import { describe, expect, test } from 'vitest'
import type { EntityQuotas } from '../../../src/catalog/quota-image.ts'
import { ConnectionQuotas } from '../../../src/security/connection-quotas.ts'

const unlimited = { broker: 2 ** 31 - 1, listener: 2 ** 31 - 1 }

function quota(address: string | null, rate: number): EntityQuotas {
  const values = new Map([['connection_creation_rate', rate]])
  return { entity: new Map([['ip', address]]), values }
}

function quotasWith(...rules: EntityQuotas[]): ConnectionQuotas {
  const quotas = new ConnectionQuotas({ sampleCount: 11, sampleMs: 1000 })
  quotas.setRules(rules)
  return quotas
}

function admit(quotas: ConnectionQuotas, address: string, nowMs = 0, limits = unlimited) {
  return quotas.admit({ listenerName: 'PLAINTEXT', address, limits }, nowMs)
}

/** How many of `count` connections come in at once. */
function entering(quotas: ConnectionQuotas, address: string, count: number, limits = unlimited) {
  const admissions = Array.from({ length: count }, () => admit(quotas, address, 0, limits))
  return admissions.filter(({ kind, afterMs }) => kind === 'enters' && afterMs === 0).length
}

describe('how fast connections may come', () => {
  test('without limits all come in', () => {
    expect(entering(quotasWith(), '10.0.0.1', 1000)).toBe(1000)
  })

  test('those above the broker’s rate wait, for one sample at most', () => {
    const quotas = quotasWith()
    const limits = { ...unlimited, broker: 2 }
    expect(entering(quotas, '10.0.0.1', 20, limits)).toBe(20)
    expect(admit(quotas, '10.0.0.1', 0, limits)).toEqual({ kind: 'enters', afterMs: 500 })
    for (let at = 0; at < 20; at++) admit(quotas, '10.0.0.1', 0, limits)
    expect(admit(quotas, '10.0.0.2', 0, limits)).toEqual({ kind: 'enters', afterMs: 1000 })
  })

  test('a listener’s rate holds back that listener alone', () => {
    const quotas = quotasWith()
    const limits = { ...unlimited, listener: 1 }
    expect(entering(quotas, '10.0.0.1', 15, limits)).toBe(10)
    const other = { listenerName: 'OTHER', address: '10.0.0.1', limits }
    expect(quotas.admit(other, 0)).toEqual({ kind: 'enters', afterMs: 0 })
  })

  test('those above an address’s quota are closed after the throttle time', () => {
    const quotas = quotasWith(quota('10.0.0.1', 1))
    expect(entering(quotas, '10.0.0.1', 30)).toBe(10)
    expect(admit(quotas, '10.0.0.1')).toEqual({ kind: 'is-closed', afterMs: 1000 })
    expect(entering(quotas, '10.0.0.2', 30)).toBe(30)
    expect(admit(quotas, '10.0.0.1', 12_000)).toEqual({ kind: 'enters', afterMs: 0 })
  })

  test('the default counts each address on its own, and an address’s own quota goes before it', () => {
    const quotas = quotasWith(quota(null, 1), quota('10.0.0.9', 2))
    expect(entering(quotas, '10.0.0.1', 30)).toBe(10)
    expect(entering(quotas, '10.0.0.2', 30)).toBe(10)
    expect(entering(quotas, '10.0.0.9', 30)).toBe(20)
  })

  test('an IPv6 address is the same in every form', () => {
    const quotas = quotasWith(quota('2001:db8:0:0::1', 1))
    expect(entering(quotas, '2001:DB8::1', 30)).toBe(10)
  })

  test('a connection that never comes in does not use up the broker’s rate', () => {
    const quotas = quotasWith(quota('10.0.0.1', 1))
    const limits = { ...unlimited, broker: 2 }
    expect(entering(quotas, '10.0.0.1', 100, limits)).toBe(10)
    expect(entering(quotas, '10.0.0.2', 10, limits)).toBe(10)
  })
})
