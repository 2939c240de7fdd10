// The framing of metadata records: what is written, and what is refused on reading.
import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { decodeMetadataRecord, encodeMetadataRecord } from '../../../src/catalog/record-frame.ts'
import {
  configRecord,
  featureLevelRecord,
  leaderChangeRecord,
  newPartitionRecord,
  producerIdsRecord,
  removeTopicRecord,
  topicRecord,
} from '../../../src/catalog/records.ts'
import type { MetadataRecord } from '../../../src/catalog/records.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { Writer } from '../../../protocol/writer.ts'

const id = toTopicId('MLgrI7vhSz9bltcBNUkHWw')
const records: MetadataRecord[] = [
  topicRecord('a', id),
  newPartitionRecord(id, 3, { replicas: [1], directory: 'yZc-Tb1eSB65A4eGrMSmIw' }),
  leaderChangeRecord(id, 3, { leader: 1, isr: [1] }),
  configRecord('group', 'g', { name: 'k', value: null }),
  featureLevelRecord('metadata.version', 25),
  producerIdsRecord({ brokerId: 1, brokerEpoch: 2 ** 40 }, 2 ** 50),
  removeTopicRecord(id),
  { type: 'UnregisterBroker', data: { brokerId: 1, brokerEpoch: 7 } },
  {
    type: 'AccessControlEntry',
    data: {
      id: 'yZc-Tb1eSB65A4eGrMSmIw',
      resourceType: 2,
      resourceName: 't',
      patternType: 4,
      principal: 'User:alice',
      host: '*',
      operation: 3,
      permissionType: 3,
    },
  },
  { type: 'RemoveAccessControlEntry', data: { id: 'yZc-Tb1eSB65A4eGrMSmIw' } },
  { type: 'BeginTransaction', data: { name: 'commit' } },
  { type: 'AbortTransaction', data: { reason: null } },
  { type: 'EndTransaction', data: {} },
]

describe('metadata records', () => {
  test.each(records)('a $type record reads as it was written', (record) => {
    const value = encodeMetadataRecord(new Writer(), record)
    expect(value.readUInt8(0)).toBe(1)
    expect(decodeMetadataRecord(value)).toEqual(record)
  })

  test('a record of a type that is not obeyed is named by its key and version', () => {
    expect(decodeMetadataRecord(Buffer.from([1, 21, 0, 9, 9]))).toEqual({
      type: 'Unsupported',
      apiKey: 21,
      version: 0,
    })
  })

  test.each([
    ['an unknown frame version', [2, 2, 0]],
    ['a version from the future', [1, 2, 1]],
    ['a body that ends too soon', [1, 2, 0, 5]],
    ['nothing at all', []],
  ])('%s is refused', (_what, bytes) => {
    expect(() => decodeMetadataRecord(Buffer.from(bytes))).toThrow(DecodeError)
  })
})
