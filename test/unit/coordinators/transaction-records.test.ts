// The records of `__transaction_state`, byte for byte as Kafka writes and reads them.
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../../protocol/errors.ts'
import { noPartitions } from '../../../src/coordinators/transactions/state.ts'
import type { TransactionState } from '../../../src/coordinators/transactions/state.ts'
import {
  decodeTransaction,
  encodeTransaction,
} from '../../../src/coordinators/transaction-records.ts'

const state: TransactionState = {
  transactionalId: 'tx',
  status: 'PrepareCommit',
  producerId: 10,
  previousProducerId: 10,
  nextProducerId: -1,
  producerEpoch: 3,
  lastProducerEpoch: -1,
  timeoutMs: 60_000,
  partitions: new Map([['t', new Set([0, 2])]]),
  startTimestampMs: 1,
  updateTimestampMs: 2,
  clientVersion: 2,
}
const change = { transactionalId: 'tx', value: state }

describe('version 1 (transaction.version 1 and above)', () => {
  test('has the ids around and the client’s version in tagged fields', () => {
    const { key, value } = encodeTransaction(change, 2)
    expect(key.toString('hex')).toBe('0000' + '0002' + '7478')
    const fields = [
      '0001', // version
      // producer id, epoch, time-out, PrepareCommit
      '000000000000000a' + '0003' + '0000ea60' + '02',
      '02' + '0274' + '03' + '00000000' + '00000002' + '00', // one topic, two partitions
      '0000000000000002' + '0000000000000001', // last update, start
      '02', // tags: previous producer id, client's transaction version
      '00' + '08' + '000000000000000a',
      '02' + '02' + '0002',
    ]
    expect(value?.toString('hex')).toBe(fields.join(''))
    expect(decodeTransaction(key, value)).toEqual(change)
  })

  test('an id whose epochs are used up names the id to come', () => {
    const worn = { transactionalId: 'tx', value: { ...state, nextProducerId: 11 } }
    const { key, value } = encodeTransaction(worn, 2)
    expect(decodeTransaction(key, value)).toEqual(worn)
  })
})

test('version 0 has neither, and an id without a transaction has no partitions at all', () => {
  const empty = { ...state, status: 'Empty', partitions: noPartitions } as const
  const { key, value } = encodeTransaction({ transactionalId: 'tx', value: empty }, 0)
  const fields = ['0000', '000000000000000a', '0003', '0000ea60', '00', 'ffffffff']
  expect(value?.toString('hex')).toBe([...fields, '0000000000000002', '0000000000000001'].join(''))
  expect(decodeTransaction(key, value)?.value).toMatchObject({ status: 'Empty', clientVersion: 0 })
})

test('a tombstone and the state Dead mean that the id is forgotten', () => {
  const { key } = encodeTransaction({ transactionalId: 'tx', value: null }, 2)
  expect(decodeTransaction(key, null)).toEqual({ transactionalId: 'tx', value: null })
  const { value } = encodeTransaction(change, 0)
  const dead = Buffer.from(value ?? '')
  dead.writeInt8(6, 2 + 8 + 2 + 4)
  expect(decodeTransaction(key, dead)).toEqual({ transactionalId: 'tx', value: null })
  dead.writeInt8(9, 2 + 8 + 2 + 4)
  expect(() => decodeTransaction(key, dead)).toThrow(DecodeError)
})

test('keys of a kind to come are left alone', () => {
  expect(decodeTransaction(Buffer.from([0, 1, 0, 0]), null)).toBeNull()
})
