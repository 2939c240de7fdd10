// What does an append cost, and how much of it are the write call and the CRC? Real disk, no sync.
import { join } from 'node:path'
import { computeBatchCrc, setBatchBaseOffset } from '../../protocol/record-batch.ts'
import { toTopicId } from '../../src/base/brands.ts'
import { topicConfigWith } from '../../src/config/topic-config.ts'
import { SystemDisk } from '../../src/io/system-disk.ts'
import { LocalStorageEngine } from '../../src/storage/local.ts'
import { scratchDirectory } from '../brokers/broker.ts'
import { batchOf } from '../generator/frames.ts'
import type { MicroBench, MicroCase } from './measure.ts'
import { brokerOptions } from './world.ts'

const topicId = toTopicId('bench_append_topic_id_')
/** So that no benchmark fills a disk. */
const bytesKept = { retentionBytes: 64 << 20, segmentBytes: 64 << 20 }
const wrapsAt = 64 << 20

export function append(): MicroBench {
  const directory = scratchDirectory()
  const engine = LocalStorageEngine.open(brokerOptions(directory), (error) => {
    throw error
  })
  const file = new SystemDisk().open(join(directory, 'plain'), 'write')
  let partition = 0
  const casesOf = (records: number, recordBytes: number): MicroCase[] => {
    const batch = batchOf(records, recordBytes)
    const place = { topic: 'bench', partition: partition++, topicId, leaderEpoch: 0 }
    const log = engine.createPartition(place, topicConfigWith(bytesKept))
    const options = { origin: 'client', acksAll: true, nowMs: Date.now() } as const
    const size = `${records} x ${recordBytes} B`
    let position = 0
    const appendOnce = (): number => {
      setBatchBaseOffset(batch, 0, 0)
      void log.append(batch, options)
      return log.logEndOffset
    }
    const writeOnce = (): number => {
      file.write(batch, position)
      position = (position + batch.length) % wrapsAt
      return position + 1
    }
    return [
      { name: `append ${size}`, run: appendOnce },
      { name: `  of it the write call, ${size}`, run: writeOnce },
      { name: `  of it the CRC, ${size}`, run: () => computeBatchCrc(batch, 0) },
    ]
  }
  return {
    name: 'append',
    question: 'What does an append cost, and how much of it are the write call and the CRC?',
    cases: [...casesOf(1, 100), ...casesOf(15, 1024)],
    close: () => {
      engine.abandon()
      file.close()
    },
  }
}
