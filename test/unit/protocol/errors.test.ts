import { describe, expect, test } from 'vitest'
import {
  DecodeError,
  KafkaError,
  errorCode,
  errorName,
  errorNames,
  errorText,
  errors,
} from '../../../protocol/errors.ts'

describe('the table of errors', () => {
  test('holds every code from -1 to 136 once', () => {
    const codes = errorNames.map(errorCode)
    expect(codes).toEqual(Array.from({ length: 138 }, (_, index) => index - 1))
  })

  test('finds the code of a name and the name of a code', () => {
    expect(errorCode('NONE')).toBe(0)
    expect(errorCode('UNKNOWN_TOPIC_OR_PARTITION')).toBe(3)
    expect(errorCode('UNKNOWN_SERVER_ERROR')).toBe(-1)
    for (const name of errorNames) expect(errorName(errorCode(name))).toBe(name)
  })

  test('takes a code that Kafka does not define for an unknown server error', () => {
    expect(errorName(9999)).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('knows which errors clients try again on', () => {
    expect(errors.get('NOT_LEADER_OR_FOLLOWER')?.retriable).toBe(true)
    expect(errors.get('COORDINATOR_LOAD_IN_PROGRESS')?.retriable).toBe(true)
    expect(errors.get('TOPIC_AUTHORIZATION_FAILED')?.retriable).toBe(false)
    expect(errors.get('REBALANCE_IN_PROGRESS')?.retriable).toBe(false)
  })

  test('explains every error in a text of its own', () => {
    const texts = errorNames.map(errorText)
    expect(new Set(texts).size).toBe(texts.length)
    for (const text of texts) expect(text.length).toBeGreaterThan(5)
  })
})

describe('KafkaError', () => {
  test('says its name and what happened', () => {
    const cause = new Error('below')
    const error = new KafkaError('INVALID_CONFIG', 'retention.ms is no number', { cause })
    expect(error.errorName).toBe('INVALID_CONFIG')
    expect(error.detail).toBe('retention.ms is no number')
    expect(error.message).toBe('INVALID_CONFIG: retention.ms is no number')
    expect(error.name).toBe('KafkaError')
    expect(error.cause).toBe(cause)
  })

  test('falls back on the general text', () => {
    expect(new KafkaError('NOT_CONTROLLER').detail).toBe(errorText('NOT_CONTROLLER'))
  })
})

test('a DecodeError can be told from other errors', () => {
  const error = new DecodeError('too short')
  expect(error).toBeInstanceOf(DecodeError)
  expect(error.name).toBe('DecodeError')
  expect(error).not.toBeInstanceOf(KafkaError)
})
