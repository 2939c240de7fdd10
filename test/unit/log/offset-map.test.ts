import { expect, test } from 'vitest'
import { KeyHash } from '../../../src/log/key-hash.ts'
import { OffsetMap } from '../../../src/log/offset-map.ts'

const seed = Buffer.from('0123456789abcdef')

function mapOf(options: { memoryBytes?: number; expectedKeys?: number } = {}): OffsetMap {
  return new OffsetMap({ memoryBytes: 1_000_000, expectedKeys: 10_000, seed, ...options })
}

test('the latest offset of a key is known, other keys are not', () => {
  const map = mapOf()
  expect(map.put(Buffer.from('a'), 3)).toBe(true)
  expect(map.put(Buffer.from('a'), 8)).toBe(true)
  expect([map.get(Buffer.from('a')), map.get(Buffer.from('b')), map.count]).toEqual([8, -1, 1])
  expect(map.latestOffset).toBe(8)
})

test('a full map takes no new key, but newer offsets of known ones', () => {
  const map = mapOf({ memoryBytes: 20 * 24 })
  let taken = 0
  while (map.put(Buffer.from(`k${taken}`), taken)) taken += 1
  expect(taken).toBe(16)
  expect(map.latestOffset).toBe(15)
  expect(map.put(Buffer.from('k3'), 100)).toBe(true)
  expect(map.get(Buffer.from('k3'))).toBe(100)
})

test('thousands of keys that differ little are told apart, the empty key too', () => {
  const map = mapOf()
  const keys = Array.from({ length: 5000 }, (_, n) => Buffer.from(n === 0 ? '' : `key-${n}`))
  for (const [n, key] of keys.entries()) map.put(key, n)
  expect(map.count).toBe(5000)
  expect(keys.every((key, n) => map.get(key) === n)).toBe(true)
})

test('a hash depends on every byte, on the length and on the secret', () => {
  const hashOf = (key: Buffer, secret = seed): string => {
    const hash = new KeyHash(secret)
    hash.hash(key)
    return hash.words.join()
  }
  const key = Buffer.from('abcdefghijk')
  const hashes = new Set([hashOf(key), hashOf(key, Buffer.alloc(16, 1))])
  for (let at = 0; at < key.length; at++) {
    const changed = Buffer.from(key)
    changed[at] = (changed[at] ?? 0) ^ 1
    hashes.add(hashOf(changed))
  }
  hashes.add(hashOf(Buffer.concat([key, Buffer.alloc(1)])))
  hashes.add(hashOf(key.subarray(1)))
  expect(hashes.size).toBe(2 + key.length + 2)
  expect(hashOf(Buffer.from('abcdefghijk'))).toBe(hashOf(key))
})
