import { expect, test } from 'vitest'
import {
  decodeEpochs,
  decodeMetaProperties,
  decodeOffsets,
  decodePartitionMetadata,
  encodeEpochs,
  encodeMetaProperties,
  encodeOffsets,
  encodePartitionMetadata,
} from '../../../src/log/checkpoint.ts'

test('an offset checkpoint is version, count and a line per partition', () => {
  const entries = [
    { topic: 'a', partition: 0, offset: 12 },
    { topic: 'b-c', partition: 3, offset: 0 },
  ]
  const bytes = encodeOffsets(entries)
  expect(bytes.toString()).toBe('0\n2\na 0 12\nb-c 3 0\n')
  expect(decodeOffsets(bytes)).toEqual(entries)
  expect(encodeOffsets([]).toString()).toBe('0\n0\n')
})

test('a checkpoint that was cut or has other content is refused', () => {
  for (const text of ['', '0', '1\n0\n', '0\n2\na 0 1\n', '0\n1\na 0\n', '0\n1\na 0 x\n']) {
    expect(decodeOffsets(Buffer.from(text)), text).toBeUndefined()
  }
})

test('leader epochs are epoch and start offset per line', () => {
  const entries = [{ epoch: 3, startOffset: 99 }]
  expect(encodeEpochs(entries).toString()).toBe('0\n1\n3 99\n')
  expect(decodeEpochs(Buffer.from('0\n1\n3 99\n'))).toEqual(entries)
  expect(decodeEpochs(Buffer.from('0\n1\n3\n'))).toBeUndefined()
})

test('partition.metadata names the topic id and ends without a line feed', () => {
  const bytes = encodePartitionMetadata('cb5gW5qcTTy1r8Ty8ZZupg')
  expect(bytes.toString()).toBe('version: 0\ntopic_id: cb5gW5qcTTy1r8Ty8ZZupg')
  expect(decodePartitionMetadata(bytes)).toBe('cb5gW5qcTTy1r8Ty8ZZupg')
  expect(decodePartitionMetadata(Buffer.from('version: 0\n'))).toBeUndefined()
})

test('meta.properties is read as Kafka writes it, and written so that it is read again', () => {
  const kafkas =
    '#\n#Sat Nov 21 02:23:52 UTC 2026\nnode.id=1\ndirectory.id=d\nversion=1\ncluster.id=c\n'
  expect(decodeMetaProperties(Buffer.from(kafkas))).toEqual({
    clusterId: 'c',
    nodeId: 1,
    directoryId: 'd',
  })
  const ours = { clusterId: 'x-1', nodeId: 7, directoryId: 'y_2' }
  expect(decodeMetaProperties(encodeMetaProperties(ours))).toEqual(ours)
})

test('meta.properties of version 0 calls the node a broker and has no directory id', () => {
  const bytes = Buffer.from('version=0\nbroker.id=4\ncluster.id=c\n')
  expect(decodeMetaProperties(bytes)).toEqual({ clusterId: 'c', nodeId: 4, directoryId: null })
  expect(decodeMetaProperties(Buffer.from('version=1\n'))).toBeUndefined()
})
