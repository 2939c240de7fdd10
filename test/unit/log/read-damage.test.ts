// Bit rot in the middle of a log: it costs readers the batch that it hit, whatever it hit in it; the
// broker says once where it is, and serves all others.
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { topicConfigWith } from '../../../src/config/topic-config.ts'
import type { SimDisk } from '../../../src/testing/sim-disk.ts'
import { append, baseOffsets, batch, directory, readBytes, topicId, world } from './fixtures.ts'

const logFile = `${directory}/00000000000000000000.log`
const batchBytes = batch().length
const batchCount = 40
const damagedAt = 17

async function closedDisk(config = {}): Promise<SimDisk> {
  const around = world({ config })
  const log = around.create()
  for (let n = 0; n < batchCount; n++) append(log, batch())
  await log.close()
  return around.disk.kill()
}

function flip(disk: SimDisk, position: number, bits = 0xff): void {
  const file = disk.open(logFile, 'write')
  const byte = Buffer.alloc(1)
  file.read(byte, 0, 1, position)
  file.write(Buffer.from([byte.readUInt8(0) ^ bits]), position)
  file.close()
}

/** As consumers read that step over what they are refused, offset by offset. */
function readPastDamage(log: PartitionLog): { served: number[]; refused: number[] } {
  const served: number[] = []
  const refused: number[] = []
  for (let next = 0; next < log.logEndOffset;) {
    try {
      const found = baseOffsets(readBytes(log, next, { maxBytes: 3 * batchBytes }))
      expect(found[0]).toBe(next)
      served.push(...found)
      next = (found.at(-1) ?? next) + 1
    } catch (error) {
      if (!(error instanceof KafkaError) || error.errorName !== 'CORRUPT_MESSAGE') throw error
      refused.push(next)
      next++
    }
  }
  return { served, refused }
}

const others = Array.from({ length: batchCount }, (_, n) => n).filter((n) => n !== damagedAt)
const clean = { wasClosedCleanly: true }

describe('a damaged batch', () => {
  // Bytes 0-7 are the base offset, 12-15 the leader epoch: the checksum does not cover them.
  test.each([
    ['the upper bytes of its length', 8],
    ['the lower bytes of its length', 11],
    ['its magic', 16],
    ['its checksum', 18],
    ['its attributes', 22],
    ['its offset delta', 25],
    ['its record count', 60],
    ['its first record', 63],
    ['its last byte', batchBytes - 1],
  ])('costs itself alone when %s is hit', async (_, at) => {
    const disk = await closedDisk()
    flip(disk, damagedAt * batchBytes + at)
    const log = world({ disk }).open(clean)
    expect(readPastDamage(log)).toEqual({ served: others, refused: [damagedAt] })
  })

  test('costs itself alone without an index too', async () => {
    const disk = await closedDisk({ indexIntervalBytes: 1_000_000 })
    flip(disk, damagedAt * batchBytes + 8)
    const log = world({ disk, config: { indexIntervalBytes: 1_000_000 } }).open(clean)
    expect(readPastDamage(log)).toEqual({ served: others, refused: [damagedAt] })
  })

  test('is reported once, with file and position', async () => {
    const disk = await closedDisk()
    flip(disk, damagedAt * batchBytes + 63)
    const { around } = world({ disk })
    const errors: unknown[] = []
    const logger = { ...silentLogger, error: (fields: unknown) => void errors.push(fields) }
    const identity = { topic: 't', partition: 0, topicId, directory, leaderEpoch: 0 }
    const hints = { ...clean, recoveryPoint: 0, logStartOffset: 0, isIdentified: true }
    const log = PartitionLog.open(identity, topicConfigWith({}), { ...around, logger }, hints)
    for (let turn = 0; turn < 3; turn++) readPastDamage(log)
    expect(errors).toEqual([{ file: logFile, position: damagedAt * batchBytes }])
  })
})

describe('checking', () => {
  test('is done once for what lay on disk, and not for what this process has written', async () => {
    const disk = await closedDisk()
    const log = world({ disk }).open(clean)
    expect(readPastDamage(log).refused).toEqual([])
    append(log, batch())
    flip(disk, damagedAt * batchBytes + 63)
    flip(disk, batchCount * batchBytes + 63)
    // Consumers check what they get: the tail is not read twice for them.
    expect(readPastDamage(log).refused).toEqual([])
    const again = world({ disk: disk.kill() }).open(clean)
    expect(readPastDamage(again).refused).toEqual([damagedAt, batchCount])
  })
})
