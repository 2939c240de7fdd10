// What a client metrics subscription may hold.
import { describe, expect, test } from 'vitest'
import { validateClientMetrics } from '../../../src/config/client-metrics-config.ts'

const errorOf = (values: Record<string, string>) =>
  validateClientMetrics(new Map(Object.entries(values)))?.error ?? null

describe('validateClientMetrics', () => {
  test('a subscription in bounds is taken', () => {
    const match = 'client_id=app.*,client_software_name=x'
    expect(errorOf({ 'interval.ms': '100', metrics: 'a.,b.', match })).toBeNull()
    expect(errorOf({ match: '' })).toBeNull()
  })

  test.each([
    [{ foo: 'x' }, 'INVALID_REQUEST'],
    [{ 'interval.ms': '99' }, 'INVALID_REQUEST'],
    [{ 'interval.ms': '3600001' }, 'INVALID_REQUEST'],
    [{ 'interval.ms': 'abc' }, 'INVALID_CONFIG'],
    [{ match: 'foo=x' }, 'INVALID_CONFIG'],
    [{ match: 'client_id' }, 'INVALID_CONFIG'],
    [{ match: 'client_id=(' }, 'INVALID_CONFIG'],
    [{ match: 'client_id=a=b' }, 'INVALID_CONFIG'],
  ])('%o is refused', (values, error) => {
    expect(errorOf(values)).toBe(error)
  })
})
