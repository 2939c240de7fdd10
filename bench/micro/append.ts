// One question: what does an append cost besides the write call and the CRC? Real disk in the system's
// temporary directory, no sync. `npx tsx bench/micro/append.ts`
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toTopicId } from '../../src/base/brands.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import { topicConfigWith } from '../../src/config/topic-config.ts'
import { SystemClock } from '../../src/io/clock.ts'
import type { DiskFile } from '../../src/io/disk.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { SystemRandom } from '../../src/io/random.ts'
import { SystemDisk } from '../../src/io/system-disk.ts'
import { LocalStorageEngine } from '../../src/storage/local.ts'
import { computeBatchCrc, setBatchBaseOffset } from '../../protocol/record-batch.ts'
import { buildRecordBatch } from '../../protocol/records.ts'

const topicId = toTopicId('bench_append_topic_id_')
const rounds = 5

function nanosecondsPerCall(count: number, run: () => void): number {
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) run()
  return Number(process.hrtime.bigint() - start) / count
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0
}

function measure(file: DiskFile, byteLength: number, recordCount: number, count: number): void {
  const directory = mkdtempSync(join(tmpdir(), 'ottla-bench-'))
  const engine = LocalStorageEngine.open(
    {
      config: brokerConfigWith({ 'log.dirs': directory, 'ottla.durability': 'os' }),
      disk: new SystemDisk(),
      clock: new SystemClock(),
      random: new SystemRandom(),
      logger: silentLogger,
    },
    (error) => {
      throw error
    },
  )
  const log = engine.createPartition(
    { topic: 'bench', partition: 0, topicId, leaderEpoch: 0 },
    topicConfigWith({}),
  )
  const value = Buffer.alloc(Math.floor(byteLength / recordCount) - 20)
  const nowMs = Date.now()
  const records = Array.from({ length: recordCount }, () => ({
    timestamp: nowMs,
    key: null,
    value,
  }))
  const batch = buildRecordBatch({ records })
  const options = { origin: 'client', acksAll: true, nowMs } as const
  const appends: number[] = []
  const writes: number[] = []
  const crcs: number[] = []
  let position = 0
  for (let round = 0; round < rounds; round++) {
    appends.push(
      nanosecondsPerCall(count, () => {
        setBatchBaseOffset(batch, 0, 0)
        void log.append(batch, options)
      }),
    )
    writes.push(
      nanosecondsPerCall(count, () => {
        file.write(batch, position)
        position += batch.length
      }),
    )
    crcs.push(nanosecondsPerCall(count, () => computeBatchCrc(batch, 0)))
  }
  engine.abandon()
  rmSync(directory, { recursive: true, force: true })
  const [append, write, crc] = [median(appends), median(writes), median(crcs)]
  const own = append - write - crc
  const line = [append, write, crc, own].map((ns) => ns.toFixed(0).padStart(8)).join(' ')
  process.stdout.write(`${String(batch.length).padStart(6)} B x ${recordCount} records ${line}\n`)
}

process.stdout.write('batch                    append    write      crc      own (ns)\n')
const scratch = mkdtempSync(join(tmpdir(), 'ottla-bench-'))
const file = new SystemDisk().open(join(scratch, 'plain'), 'write')
measure(file, 300, 1, 20_000)
measure(file, 300, 3, 20_000)
measure(file, 16_384, 16, 4_000)
measure(file, 16_384, 100, 4_000)
file.close()
rmSync(scratch, { recursive: true, force: true })
