import { describe, expect, test } from 'vitest'
import {
  array,
  between,
  defineApi,
  defineMessage,
  includes,
  int32,
  int64,
  neverCompact,
  nullable,
  since,
  string,
  struct,
  tagged,
  topicName,
  until,
  withDefault,
} from '../../../protocol/schema.ts'

describe('versions of a field', () => {
  test('are all versions unless it says otherwise', () => {
    expect(int32().versions).toEqual({ from: 0, to: Infinity })
    expect(since(3, int32()).versions).toEqual({ from: 3, to: Infinity })
    expect(until(5, int32()).versions).toEqual({ from: 0, to: 5 })
    expect(between(2, 4, int32()).versions).toEqual({ from: 2, to: 4 })
  })

  test('include both ends', () => {
    const { versions } = between(2, 4, int32())
    expect([1, 2, 3, 4, 5].map((version) => includes(versions, version))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  })

  test('cannot be none', () => {
    expect(() => between(4, 2, int32())).toThrow(RangeError)
    expect(() => defineMessage({ name: 'X', versions: [2, 1], fields: {} })).toThrow(RangeError)
  })
})

describe('defaults', () => {
  test('are the zero of the type unless given', () => {
    expect(int32().defaultValue).toBeUndefined()
    expect(since(3, int32()).defaultValue).toBeUndefined()
  })

  test('may be null, zero and false', () => {
    expect(since(3, nullable(string()), null).defaultValue).toBeNull()
    expect(since(3, int32(), 0).defaultValue).toBe(0)
    expect(tagged(0, nullable(string()), null).defaultValue).toBeNull()
  })

  test('of an inner field are kept', () => {
    expect(since(3, withDefault(int64(), -1)).defaultValue).toBe(-1)
    expect(tagged(1, withDefault(int64(), -1)).defaultValue).toBe(-1)
  })
})

test('a field may be nullable in a part of its versions', () => {
  expect(string().nullable).toBeNull()
  expect(nullable(string()).nullable).toEqual({ from: 0, to: Infinity })
  expect(nullable(string(), { since: 2, until: 7 }).nullable).toEqual({ from: 2, to: 7 })
})

test('a tagged field knows its tag', () => {
  expect(tagged(3, int32()).tag).toBe(3)
  expect(since(10, tagged(0, int32()))).toMatchObject({ tag: 0, versions: { from: 10 } })
})

test('names that come again and again are interned, other strings are not', () => {
  expect(topicName().type).toEqual({ kind: 'string', interned: true })
  expect(string().type).toEqual({ kind: 'string', interned: false })
})

test('an array takes the type of its element', () => {
  expect(array(int32()).type).toMatchObject({ kind: 'array', element: { kind: 'int32' } })
  const point = struct('Point', { x: int32() })
  expect(array(point).type).toMatchObject({ kind: 'array', element: { name: 'Point' } })
  expect(() => array(array(int32()))).toThrow(TypeError)
})

test('a field may refuse compact lengths', () => {
  expect(neverCompact(string()).neverCompact).toBe(true)
  expect(string().neverCompact).toBe(false)
})

test('an api makes a request and a response of the same versions', () => {
  const api = defineApi({
    key: 12,
    name: 'Heartbeat',
    versions: [0, 4],
    flexibleFrom: 4,
    request: { groupId: string() },
    response: { errorCode: int32() },
  })
  expect(api.latestVersionUnstable).toBe(false)
  expect(api.request).toMatchObject({ name: 'HeartbeatRequest', versions: { from: 0, to: 4 } })
  expect(api.response).toMatchObject({ name: 'HeartbeatResponse', flexibleFrom: 4 })
})

test('a message without flexible versions never is flexible', () => {
  const message = defineMessage({ name: 'X', versions: [0, 3], fields: {} })
  expect(message.flexibleFrom).toBe(Infinity)
  expect(message.recordType).toBeNull()
})
