// Snapshots of the metadata: what goes in comes out, and what is damaged or torn is not believed.
import { describe, expect, test } from 'vitest'
import { batchSize } from '../../../protocol/record-batch.ts'
import {
  decodeSnapshot,
  encodeSnapshot,
  snapshotTimestampMs,
} from '../../../src/catalog/snapshot.ts'

/** Of a batch's fields the CRC and all that it covers. */
const crcAt = 17
const about = { epoch: 3, lastTimestampMs: 1234, nowMs: 5678 }
const values = Array.from({ length: 5 }, (_, at) => Buffer.alloc(400_000, at + 1))
const raftState = new Map([['KRAFT_VERSION', Buffer.from([0, 0, 0, 1, 0])]] as const)

describe('a snapshot', () => {
  test('gives back its records, in order, and the state of the raft', async () => {
    const bytes = encodeSnapshot({ raftState, values }, about)
    const content = await decodeSnapshot(bytes)
    expect(Buffer.concat(content?.values ?? []).equals(Buffer.concat(values))).toBe(true)
    expect(content?.values).toHaveLength(values.length)
    expect(content?.raftState).toEqual(raftState)
  })

  test('says up to when it tells', () => {
    expect(snapshotTimestampMs(encodeSnapshot({ raftState, values }, about))).toBe(1234)
    expect(snapshotTimestampMs(Buffer.alloc(10))).toBe(0)
  })

  test('that is torn, has no footer or has changed is not believed', async () => {
    const bytes = encodeSnapshot({ raftState: new Map(), values: [Buffer.from('one')] }, about)
    expect(await decodeSnapshot(bytes)).toBeDefined()
    expect(await decodeSnapshot(bytes.subarray(0, -1))).toBeUndefined()
    const firstBytes = batchSize(bytes, 0)
    const footerAt = firstBytes + batchSize(bytes, firstBytes)
    expect(await decodeSnapshot(bytes.subarray(0, footerAt))).toBeUndefined()
    for (let at = crcAt; at < firstBytes; at++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(await decodeSnapshot(changed)).toBeUndefined()
    }
  })
})
