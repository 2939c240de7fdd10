// Which errors become answers, and which do not.
import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../../../src/base/assert.ts'
import { orRefusal } from '../../../src/handlers/or-refusal.ts'
import { KafkaError } from '../../../protocol/errors.ts'

const refused = new KafkaError('KAFKA_STORAGE_ERROR', 'disk full')
const bug = new AssertionFailure('bug')
const nameOf = ({ errorName }: KafkaError): string => errorName

describe('an answer or a refusal', () => {
  test('what works passes through, now or later', async () => {
    expect(orRefusal(() => 'fine', nameOf)).toBe('fine')
    expect(await orRefusal(() => Promise.resolve('fine'), nameOf)).toBe('fine')
  })

  test('a Kafka error becomes an answer, thrown or rejected', async () => {
    const thrown = orRefusal(() => {
      throw refused
    }, nameOf)
    expect(thrown).toBe('KAFKA_STORAGE_ERROR')
    expect(await orRefusal(() => Promise.reject(refused), nameOf)).toBe('KAFKA_STORAGE_ERROR')
  })

  test('a bug of ours stays an error', async () => {
    const run = (): string => {
      throw bug
    }
    expect(() => orRefusal(run, nameOf)).toThrow(AssertionFailure)
    await expect(orRefusal(() => Promise.reject(bug), nameOf)).rejects.toBe(bug)
  })
})
