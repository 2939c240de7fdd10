import { beforeEach, expect, test } from 'vitest'
import { exitCodeOf } from '../../../../src/cli/run-tool.ts'
import { SimDisk } from '../../../../src/testing/sim-disk.ts'
import { buildEndTransactionMarker } from '../../../../protocol/control-records.ts'
import { buildRecordBatch } from '../../../../protocol/records.ts'
import { memoryHost } from '../../../support/tool-host.ts'

const logPath = '/data/t-0/00000000000000000000.log'
let disk: SimDisk

async function dump(...args: readonly string[]) {
  const { host, printed } = memoryHost()
  const code = await exitCodeOf('kafka-dump-log', args, { ...host, disk })
  return { code, ...printed() }
}

function write(path: string, ...parts: readonly Buffer[]): void {
  disk.replaceFile(path, Buffer.concat(parts), { durable: true })
}

const text = (value: string) => Buffer.from(value)
const record = (key: string, value: string) => ({
  timestamp: 1000,
  key: text(key),
  value: text(value),
  headers: [{ key: 'h', value: null }],
})
const batch = buildRecordBatch({
  records: [record('a', 'one'), record('b', 'two')],
  producerId: 7,
  producerEpoch: 0,
  baseSequence: 5,
})
const marker = buildEndTransactionMarker({
  producerId: 7,
  producerEpoch: 0,
  isCommit: false,
  coordinatorEpoch: 3,
  timestamp: 2000,
  baseOffset: 2,
})

beforeEach(() => {
  disk = new SimDisk()
  disk.makeDirectory('/data/t-0')
  write(logPath, batch, marker)
})

test('batches are one line each', async () => {
  const { code, out } = await dump('--files', logPath)
  const lines = out.split('\n')
  expect(code).toBe(0)
  expect(lines.slice(0, 2)).toEqual([`Dumping ${logPath}`, 'Log starting offset: 0'])
  expect(lines[2]?.replace(/(size|crc): \d+/g, '$1: N')).toBe(
    'baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 5 lastSequence: 6 producerId: 7 producerEpoch: 0 partitionLeaderEpoch: -1 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1000 size: N magic: 2 compresscodec: none crc: N isvalid: true',
  )
  expect(lines[3]).toMatch(/ isTransactional: true isControl: true /)
  expect(lines).toHaveLength(5)
})

test('records are shown with keys, values and what a marker says', async () => {
  const { out } = await dump('--files', logPath, '--print-data-log')
  expect(out.split('\n').filter((line) => line.startsWith('|'))).toEqual([
    '| offset: 0 CreateTime: 1000 keySize: 1 valueSize: 3 sequence: 5 headerKeys: [h] key: a payload: one',
    '| offset: 1 CreateTime: 1000 keySize: 1 valueSize: 3 sequence: 6 headerKeys: [h] key: b payload: two',
    '| offset: 2 CreateTime: 2000 keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] endTxnMarker: ABORT coordinatorEpoch: 3',
  ])
  const bare = await dump('--files', logPath, '--print-data-log', '--skip-record-metadata')
  expect(bare.out).toContain('\n| key: a payload: one\n')
})

test('damage is said: a wrong CRC, a torn end, offsets that do not follow', async () => {
  const broken = Buffer.from(batch)
  broken[broken.length - 1] = 0xff
  write(logPath, broken, marker, marker, marker.subarray(0, 30))
  const { out, err } = await dump('--files', logPath)
  expect(out).toContain('isvalid: false')
  expect(out).toContain('Found 30 invalid bytes at the end of 00000000000000000000.log\n')
  expect(err).toBe('')
  write(logPath, batch, marker, marker)
  const deep = await dump('--files', logPath, '--deep-iteration')
  expect(deep.err).toBe(`Non-consecutive offsets in ${logPath}\n  2 is followed by 2\n`)
})

test('index entries are shown, and held against the log', async () => {
  const index = logPath.replace('.log', '.index')
  const entry = (offset: number, position: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeInt32BE(offset)
    bytes.writeInt32BE(position, 4)
    return bytes
  }
  write(index, entry(1, 0), entry(3, batch.length), Buffer.alloc(16))
  const { out, err } = await dump('--files', index)
  expect(out).toBe(`Dumping ${index}\noffset: 1 position: 0\noffset: 3 position: ${batch.length}\n`)
  expect(err).toBe(`Mismatches in :${index}\n  Index offset: 3, log offset: 2\n`)
  const checked = await dump('--files', index, '--index-sanity-check')
  expect(checked.out).toBe(`Dumping ${index}\n${index} passed sanity check.\n`)
  write(index, Buffer.alloc(7))
  const corrupt = await dump('--files', index, '--index-sanity-check')
  expect(corrupt.out).toContain('is empty.')
})

test('files that are none of a log, and missing ones, are named', async () => {
  write('/data/notes.txt', text('x'))
  expect(await dump('--files', '/data/notes.txt')).toMatchObject({
    code: 0,
    err: 'Ignoring unknown file /data/notes.txt\n',
  })
  expect((await dump('--files', '/data/t-0/00000000000000000009.log')).code).toBe(1)
  expect((await dump('--print-data-log')).err).toMatch(/^Missing required argument "\[files\]"/)
})
