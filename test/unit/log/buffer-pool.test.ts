import { expect, test } from 'vitest'
import { BufferPool, PooledRecords, noRecords } from '../../../src/log/buffer-pool.ts'

test('a buffer that was given back is taken again', () => {
  const pool = new BufferPool()
  const first = pool.take(5000)
  expect(first.length).toBe(8192)
  pool.giveBack(first)
  expect(pool.take(8192) === first).toBe(true)
  expect(pool.take(8192) === first).toBe(false)
})

test('buffers beyond the largest class are made to measure and not kept', () => {
  const pool = new BufferPool()
  const big = pool.take(17 * 1024 * 1024)
  expect(big.length).toBe(17 * 1024 * 1024)
  pool.giveBack(big)
  expect(pool.take(17 * 1024 * 1024) === big).toBe(false)
})

test('records are the wanted part of a buffer until they are released, once', () => {
  const pool = new BufferPool()
  const buffer = pool.take(10)
  const records = new PooledRecords(pool, buffer, 10)
  expect(records.bytes.length).toBe(10)
  records.release()
  expect(pool.take(10) === buffer).toBe(true)
  expect(() => records.release()).toThrow('twice')
})

test('an empty answer may be released any number of times', () => {
  expect(noRecords.byteLength).toBe(0)
  expect(() => {
    noRecords.release()
    noRecords.release()
  }).not.toThrow()
})
