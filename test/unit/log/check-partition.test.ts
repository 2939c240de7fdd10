// What `ottla check` says of a partition's directory: nothing of a sound one, and of a damaged one
// what is damaged, what a start does about it, and which offsets that costs.
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../src/log/check-findings.ts'
import { checkPartition } from '../../../src/log/check-partition.ts'
import type { SimDisk } from '../../../src/testing/sim-disk.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { append, appendMarker, batch, directory, marker, startMs, world } from './fixtures.ts'

const logFile = `${directory}/00000000000000000000.log`
const indexFile = `${directory}/00000000000000000000.index`
const batchBytes = batch().length
const batchCount = 60

async function closedDisk(config = {}): Promise<SimDisk> {
  const around = world({ config: { indexIntervalBytes: 500, ...config } })
  const log = around.create()
  for (let n = 0; n < batchCount; n++) append(log, batch({ timestamp: startMs + n * 10 }))
  await log.close()
  return around.disk
}

function findingsIn(disk: SimDisk, hints = {}): Finding[] {
  const found: Finding[] = []
  const all = { wasClosedCleanly: true, recoveryPoint: 0, logStartOffset: 0, ...hints }
  const report = { found: (finding: Finding) => found.push(finding), read: () => undefined }
  checkPartition(disk, directory, all, report)
  return found
}

function damage(disk: SimDisk, path: string, position: number, bytes: readonly number[]): void {
  const file = disk.open(path, 'write')
  file.write(Buffer.from(bytes), position)
  file.close()
}

const inBatch = (n: number, at: number): number => n * batchBytes + at
const lengthAt = 8
const bodyAt = 70

describe('a sound partition', () => {
  test('has nothing to be said of, in one segment or many, with transactions', async () => {
    expect(findingsIn(await closedDisk())).toEqual([])
    expect(findingsIn(await closedDisk({ segmentBytes: 700 }))).toEqual([])
    const around = world({})
    const log = around.create()
    const producer = { producerId: 5, producerEpoch: 0, isTransactional: true }
    append(log, batch({ ...producer, baseSequence: 0 }))
    appendMarker(log, marker(5, false))
    await log.close()
    expect(findingsIn(around.disk)).toEqual([])
    around.disk.remove(`${directory}/00000000000000000000.txnindex`)
    expect(findingsIn(around.disk)).toMatchObject([{ level: 'lost' }])
  })

  test('is not changed by being looked at', async () => {
    const disk = await closedDisk({ segmentBytes: 700 })
    const before = disk.list(directory).map((name) => disk.readFile(`${directory}/${name}`))
    findingsIn(disk)
    expect(disk.list(directory).map((name) => disk.readFile(`${directory}/${name}`))).toEqual(
      before,
    )
    expect(disk.openFiles).toBe(0)
  })
})

describe('damage in the middle', () => {
  test('of what a batch holds costs that batch alone, and is named with its position', async () => {
    const disk = await closedDisk()
    damage(disk, logFile, inBatch(20, bodyAt), [0xff])
    const [finding, ...others] = findingsIn(disk)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ level: 'lost', file: logFile, lostFrom: 20, lostTo: 20 })
    expect(finding?.position).toBe(inBatch(20, 0))
    expect(finding?.atStart).toContain('20 to 20')
  })

  test('of a length costs that batch alone, with the index and without', async () => {
    const disk = await closedDisk()
    damage(disk, logFile, inBatch(20, lengthAt), [0x7f])
    expect(findingsIn(disk)).toMatchObject([{ level: 'lost', lostFrom: 20, lostTo: 20 }])
    disk.remove(indexFile)
    const lost = findingsIn(disk).filter(({ level }) => level === 'lost')
    expect(lost).toMatchObject([{ lostFrom: 20, lostTo: 20 }])
  })

  test('behind the recovery point of a log that was not closed costs all that follows', async () => {
    const disk = await closedDisk()
    damage(disk, logFile, inBatch(20, bodyAt), [0xff])
    const [finding] = findingsIn(disk, { wasClosedCleanly: false })
    expect(finding).toMatchObject({ level: 'lost', lostFrom: 20, lostTo: null })
    const [synced] = findingsIn(disk, { wasClosedCleanly: false, recoveryPoint: 40 })
    expect(synced).toMatchObject({ level: 'lost', lostFrom: 20, lostTo: 20 })
  })

  test('never takes a batch that a record holds for one of the log', async () => {
    const around = world({ config: { indexIntervalBytes: 1_000_000 } })
    const log = around.create()
    const inner = Buffer.from(batch())
    inner.writeBigInt64BE(1n, 0)
    append(log, batch())
    const records = [{ timestamp: startMs, key: null, value: inner }]
    append(log, buildRecordBatch({ records }))
    append(log, batch())
    await log.close()
    damage(around.disk, logFile, inBatch(1, lengthAt), [0x7f])
    const lost = findingsIn(around.disk).filter(({ level }) => level === 'lost')
    expect(lost).toMatchObject([{ lostFrom: 1, lostTo: 1 }])
  })
})

describe('at the end', () => {
  test('a torn batch is cut, which costs nothing whole', async () => {
    const disk = await closedDisk()
    const file = disk.open(logFile, 'write')
    file.truncate(inBatch(batchCount - 1, 30))
    file.close()
    const [finding] = findingsIn(disk, { wasClosedCleanly: false })
    expect(finding).toMatchObject({ level: 'repaired', file: logFile })
    expect(finding?.position).toBe(inBatch(batchCount - 1, 0))
  })

  test('a batch that was whole when the log was closed is lost', async () => {
    const disk = await closedDisk()
    damage(disk, logFile, inBatch(batchCount - 1, bodyAt), [0xff])
    expect(findingsIn(disk)).toMatchObject([{ level: 'lost', lostFrom: batchCount - 1 }])
  })
})

describe('beside the log', () => {
  test.each([
    ['a missing index', 'repaired', (disk: SimDisk) => disk.remove(indexFile)],
    ['half an index entry', 'repaired', (disk: SimDisk) => damage(disk, indexFile, 8, [1])],
    [
      'an index entry that leads into a batch',
      'lost',
      (disk: SimDisk) => damage(disk, indexFile, 7, [disk.readFile(indexFile).readUInt8(7) + 1]),
    ],
    [
      'unfinished compaction',
      'repaired',
      (disk: SimDisk) => damage(disk, `${logFile}.cleaned`, 0, [1]),
    ],
    ['a deleted segment', 'note', (disk: SimDisk) => damage(disk, `${logFile}.deleted`, 0, [1])],
    [
      'a damaged producer snapshot',
      'repaired',
      (disk: SimDisk) => damage(disk, `${directory}/00000000000000000060.snapshot`, 4, [1, 2]),
    ],
    [
      'leader epochs that are no such thing',
      'repaired',
      (disk: SimDisk) => damage(disk, `${directory}/leader-epoch-checkpoint`, 0, [65]),
    ],
    [
      'an index without its log',
      'repaired',
      (disk: SimDisk) => damage(disk, `${directory}/00000000000000000777.index`, 0, [0]),
    ],
  ] as const)('%s is named: %s', async (_, level, change) => {
    const disk = await closedDisk()
    change(disk)
    const found = findingsIn(disk)
    expect(found.map((finding) => finding.level)).toContain(level)
    expect(found).toHaveLength(1)
  })
})
