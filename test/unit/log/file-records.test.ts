import { describe, expect, test } from 'vitest'
import type { LentFile } from '../../../src/io/disk.ts'
import { BufferPool } from '../../../src/log/buffer-pool.ts'
import { FileRecords } from '../../../src/log/file-records.ts'

const content = Buffer.from('0123456789abcdef')

/** Records of ten bytes at position 4, and a kernel that takes so many bytes at each call. */
function createRecords(takes: number[], readFailure?: Error) {
  const sent: string[] = []
  const troubles: unknown[] = []
  let loans = 1
  const file: LentFile = {
    sendTo(socket, position, length) {
      const count = Math.min(takes.shift() ?? 0, length)
      sent.push(`${socket}: ${content.toString('latin1', position, position + count)}`)
      return count
    },
    read(into, offset, length, position) {
      if (readFailure !== undefined) throw readFailure
      into.set(content.subarray(position, position + length), offset)
      return length
    },
    giveBack: () => void (loans -= 1),
  }
  const pool = new BufferPool()
  const around = { pool, onTrouble: (error: unknown) => void troubles.push(error) }
  const records = new FileRecords(file, { position: 4, byteLength: 10 }, around)
  return { records, pool, sent, troubles, loans: () => loans }
}

describe('records that stay in their file', () => {
  test('are sent by the kernel without being read', () => {
    const { records, sent, loans } = createRecords([10])
    expect(records.byteLength).toBe(10)
    expect(records.sendTo(7)).toBe(true)
    records.release()
    expect(sent).toEqual(['7: 456789abcd'])
    expect(loans()).toBe(0)
  })

  test('what the kernel did not take is what is read', () => {
    const { records } = createRecords([3])
    expect(records.sendTo(7)).toBe(false)
    expect(records.bytes.toString()).toBe('789abcd')
    expect(records.byteLength).toBe(10)
  })

  test('are read whole for who does not send them, once', () => {
    const { records } = createRecords([])
    expect(records.bytes.toString()).toBe('456789abcd')
    expect(records.bytes.buffer).toBe(records.bytes.buffer)
  })

  test('the file and the memory are given back once', () => {
    const { records, pool, loans } = createRecords([])
    const { buffer } = records.bytes
    records.release()
    expect(loans()).toBe(0)
    expect(pool.take(10).buffer).toBe(buffer)
    expect(() => records.release()).toThrow('twice')
    expect(() => records.bytes).toThrow('released')
  })

  test('a disk that refuses the read is told to the log, and thrown', () => {
    const failure = new Error('EIO')
    const { records, troubles, loans } = createRecords([2], failure)
    records.sendTo(7)
    expect(() => records.bytes).toThrow('EIO')
    expect(troubles).toEqual([failure])
    records.release()
    expect(loans()).toBe(0)
  })
})
