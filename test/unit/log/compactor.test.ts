import { describe, expect, test } from 'vitest'
import { defined } from '../../../src/base/assert.ts'
import type { SimDisk } from '../../../src/testing/sim-disk.ts'
import type { CompressionCodec } from '../../../protocol/compression.ts'
import { append, directory, readBytes, startMs } from './fixtures.ts'
import {
  batches,
  compact,
  compactedWorld,
  contents,
  endTransaction,
  keyed,
  latest,
  put,
  roll,
} from './compaction-world.ts'

const deleteHorizonBit = 0x40

describe('a run', () => {
  test('keeps the last record of every key at its offset, in order', async () => {
    const around = compactedWorld()
    const log = around.create()
    put(log, 'a', '1')
    put(log, 'b', '1')
    put(log, 'a', '2')
    put(log, 'c', '1')
    put(log, 'b', '2')
    roll(log)
    const bytesBefore = log.byteLength
    await compact(around, log)
    const lines = await contents(log)
    expect(lines.filter((line) => !line.includes('roll'))).toEqual(['2 a=2', '3 c=1', '4 b=2'])
    expect(log.byteLength).toBeLessThan(bytesBefore)
    expect(log.logEndOffset).toBeGreaterThan(5)
  })

  test('leaves the active segment alone', async () => {
    const around = compactedWorld({ segmentBytes: 100_000 })
    const log = around.create()
    for (let n = 0; n < 10; n++) put(log, 'a', String(n))
    const outcome = await compact(around, log)
    expect(outcome.endOffset).toBe(0)
    expect(await contents(log)).toHaveLength(10)
  })

  test('joins neighbours that fit into one segment', async () => {
    const around = compactedWorld()
    const log = around.create()
    for (let n = 0; n < 40; n++) put(log, `k${n % 3}`, 'v'.repeat(40))
    const before = log.segments.length
    await compact(around, log)
    const afterFirst = log.segments.length
    expect(afterFirst).toBeLessThanOrEqual(before)
    await compact(around, log)
    expect(log.segments.length).toBeLessThan(before)
    expect(around.disk.list(directory).filter((name) => /(cleaned|swap)$/.test(name))).toEqual([])
  })

  test('goes on where the map was full', async () => {
    const around = compactedWorld()
    const log = around.create()
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 30; n++) put(log, `k${n}`, `${round}`)
    }
    roll(log)
    const expected = latest(await contents(log))
    const mapBytes = 20 * 24
    const first = await compact(around, log, { mapBytes })
    expect(first.endOffset).toBeGreaterThan(0)
    let compactedTo = first.endOffset
    for (let run = 0; run < 20; run++) {
      const { endOffset } = await compact(around, log, { mapBytes, compactedTo })
      expect(endOffset).toBeGreaterThanOrEqual(compactedTo)
      compactedTo = endOffset
    }
    const lines = await contents(log)
    expect(latest(lines)).toEqual(expected)
    expect(lines.length).toBeLessThan(45)
  })

  test('reads go on from offsets that are gone, with the next record', async () => {
    const around = compactedWorld()
    const log = around.create()
    for (let n = 0; n < 20; n++) put(log, 'a', String(n))
    roll(log)
    await compact(around, log)
    const found = await batches(log)
    const gap = found.findIndex(
      (batch, n) => n > 0 && batch.baseOffset > (found[n - 1]?.lastOffset ?? 0) + 1,
    )
    const before = found[gap - 1]
    const behind = found[gap]
    expect(behind).toBeDefined()
    const bytes = readBytes(log, (before?.lastOffset ?? 0) + 1)
    expect(Number(bytes.readBigInt64BE(0))).toBe(behind?.baseOffset)
  })

  test.each<CompressionCodec>(['gzip', 'snappy', 'lz4'])(
    '%s batches lose records and stay compressed',
    async (codec) => {
      const around = compactedWorld({ segmentBytes: 2000 })
      const log = around.create()
      const many = Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, value: 'one' }))
      append(log, keyed(many, { codec }))
      append(
        log,
        keyed(
          many.slice(0, 9).map(({ key }) => ({ key, value: 'two' })),
          { codec },
        ),
      )
      roll(log)
      const expected = latest(await contents(log))
      await compact(around, log)
      expect(latest(await contents(log))).toEqual(expected)
      const [first] = await batches(log)
      expect(first?.records.map(({ key }) => String(key))).toEqual(['k9'])
      expect(first?.records[0]?.headers).toEqual([{ key: 'h', value: Buffer.from('k9') }])
      expect((first?.attributes ?? 0) & 7).toBeGreaterThan(0)
      expect([first?.baseOffset, first?.lastOffset]).toEqual([0, 9])
    },
  )

  test('what is appended and deleted meanwhile stays appended and deleted', async () => {
    const around = compactedWorld()
    const log = around.create()
    for (let n = 0; n < 30; n++) put(log, `k${n % 5}`, String(n))
    const running = compact(around, log)
    const writes = (): boolean =>
      around.disk.list(log.directory).some((n) => n.endsWith('.cleaned'))
    while (!writes()) await Promise.resolve()
    put(log, 'late', 'x')
    await log.deleteRecordsBefore(12)
    await expect(running).rejects.toThrow('told to stop')
    await compact(around, log)
    const lines = await contents(log)
    expect(lines.at(-1)).toContain('late=x')
    expect(log.logStartOffset).toBe(12)
  })
})

test('what supersedes a record is on the device before the record goes', async () => {
  const around = compactedWorld()
  const log = around.create()
  put(log, 'a', 'old')
  roll(log)
  await log.flush()
  const { recoveryPoint } = log
  put(log, 'a', 'new')
  roll(log)
  let crashed: SimDisk | null = null
  around.disk.onChange = () => {
    // The old record's segment is swapped out; nothing that was not synced survives.
    const isOut = around.disk.list(log.directory).some((name) => name.endsWith('.deleted'))
    if (isOut) crashed ??= around.disk.losePower({ keepName: () => true })
  }
  await compact(around, log)
  const disk = defined<SimDisk>(crashed ?? undefined, 'segments were swapped')
  const again = compactedWorld({ disk }).open({ recoveryPoint })
  expect((await contents(again)).filter((line) => line.includes(' a='))).toHaveLength(1)
})

test('a rename that fails in the swap takes the partition offline, and the next start has it all', async () => {
  for (const path of ['.log.cleaned', '.index.cleaned', '.log', '.log.swap', '.index.swap']) {
    const around = compactedWorld()
    const log = around.create()
    for (let n = 0; n < 30; n++) put(log, `k${n % 5}`, String(n))
    await log.flush()
    const before = await contents(log)
    around.disk.fail({ call: 'rename', code: 'EIO', path, times: 1 })
    await expect(compact(around, log)).rejects.toThrow('KAFKA_STORAGE_ERROR')
    expect(log.online).toBe(false)
    const disk = around.disk.kill()
    const again = compactedWorld({ disk }).open({ recoveryPoint: log.recoveryPoint })
    const latest = (lines: readonly string[]): string[] => {
      const byKey = new Map(lines.map((line) => [line.replace(/^\d+ |=.*$/g, ''), line]))
      return [...byKey.values()].sort()
    }
    expect(latest(await contents(again)), path).toEqual(latest(before))
  }
})

describe('tombstones', () => {
  test('stay until delete.retention.ms after the run that met them, and then go', async () => {
    const around = compactedWorld()
    const log = around.create()
    put(log, 'a', '1')
    put(log, 'a', null)
    roll(log)
    await compact(around, log)
    const [first] = await batches(log)
    expect((first?.attributes ?? 0) & deleteHorizonBit).toBe(deleteHorizonBit)
    expect(first?.baseTimestamp).toBe(startMs + 1000)
    expect(first?.records[0]).toMatchObject({ offset: 1, timestamp: startMs, value: null })
    await compact(around, log)
    expect(await contents(log)).toContain('1 a=-')
    around.clock.advance(1000)
    await compact(around, log)
    expect((await contents(log)).filter((line) => line.includes(' a='))).toEqual([])
  })
})

describe('transactions', () => {
  test('aborted data goes, its marker in a later run after the horizon', async () => {
    const around = compactedWorld()
    const log = around.create()
    const aborted = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    put(log, 'a', 'committed')
    append(log, keyed([{ key: 'a', value: 'aborted' }], aborted))
    endTransaction(log, 7, false)
    // The producer goes on, so that the log need not keep its last batch there.
    append(log, keyed([{ key: 'z', value: '1' }], { ...aborted, baseSequence: 1 }))
    endTransaction(log, 7, true)
    roll(log)
    await compact(around, log)
    expect(await contents(log)).toContain('0 a=committed')
    expect((await contents(log)).join()).not.toContain('a=aborted')
    const markers = async (): Promise<number[]> =>
      (await batches(log)).filter((batch) => batch.isControl).map((batch) => batch.baseOffset)
    expect(await markers()).toEqual([2, 4])
    await compact(around, log)
    expect(await markers()).toEqual([2, 4])
    around.clock.advance(1001)
    await compact(around, log)
    expect(await markers()).toEqual([4])
  })

  test('aborted records do not supersede what was committed before', async () => {
    const around = compactedWorld()
    const log = around.create()
    const producer = { producerId: 3, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    put(log, 'k', 'kept')
    append(log, keyed([{ key: 'k', value: 'never' }], producer))
    endTransaction(log, 3, false)
    roll(log)
    await compact(around, log)
    expect((await contents(log)).filter((line) => line.includes(' k='))).toEqual(['0 k=kept'])
  })

  test('a reader of committed records is told of aborted ones as long as their marker is there', async () => {
    const around = compactedWorld()
    const log = around.create()
    const producer = { producerId: 3, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    append(log, keyed([{ key: 'k', value: 'never' }], producer))
    endTransaction(log, 3, false)
    roll(log)
    await compact(around, log)
    const read = log.read({ offset: 0, maxBytes: 10_000, minOneBatch: true, limit: 'last-stable' })
    expect(read.abortedTransactions).toEqual([{ producerId: 3, firstOffset: 0 }])
    read.records.release()
  })

  test('an open transaction is not touched', async () => {
    const around = compactedWorld()
    const log = around.create()
    put(log, 'a', '1')
    const producer = { producerId: 3, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    append(log, keyed([{ key: 'a', value: '2' }], producer))
    roll(log)
    roll(log)
    await compact(around, log)
    expect(await contents(log)).toContain('0 a=1')
    expect(await contents(log)).toContain('1 a=2')
  })
})

describe('producers', () => {
  test('the last batch of a producer stays without its records, so that its sequence survives', async () => {
    const around = compactedWorld()
    const log = around.create()
    const producer = { producerId: 9, producerEpoch: 1 }
    append(log, keyed([{ key: 'a', value: '1' }], { ...producer, baseSequence: 0 }))
    append(log, keyed([{ key: 'a', value: '2' }], { ...producer, baseSequence: 1 }))
    put(log, 'a', '3')
    roll(log)
    await compact(around, log)
    const own = (await batches(log)).filter(({ producerId }) => producerId === 9)
    expect(own).toMatchObject([{ baseOffset: 1, baseSequence: 1, records: [] }])
    await log.close()
    for (const name of around.disk.list(directory)) {
      if (name.endsWith('.snapshot')) around.disk.remove(`${directory}/${name}`)
    }
    const again = around.open({ wasClosedCleanly: true })
    expect(again.activeProducers()).toMatchObject([{ producerId: 9, lastSequence: 1 }])
    expect(() =>
      append(again, keyed([{ key: 'b', value: '1' }], { ...producer, baseSequence: 5 })),
    ).toThrow('OUT_OF_ORDER')
  })

  test('an emptied control batch opens no transaction at the next start', async () => {
    const around = compactedWorld()
    const log = around.create()
    endTransaction(log, 4, true)
    roll(log)
    await compact(around, log)
    around.clock.advance(1001)
    await compact(around, log)
    await log.close()
    const again = around.open({ wasClosedCleanly: true })
    expect(again.lastStableOffset).toBe(again.logEndOffset)
  })
})

describe('damage', () => {
  test('a batch with a wrong checksum stays as it is, and the rest is compacted', async () => {
    const around = compactedWorld()
    const log = around.create()
    for (let n = 0; n < 12; n++) put(log, `k${n % 3}`, String(n))
    roll(log)
    await log.close()
    const path = `${directory}/00000000000000000000.log`
    const bytes = around.disk.readFile(path)
    const size = bytes.readInt32BE(8) + 12
    bytes[size + 70] = (bytes[size + 70] ?? 0) ^ 1
    around.disk.writeFile(path, bytes)
    const again = around.open({ wasClosedCleanly: true })
    await compact(around, again)
    const found = around.disk.readFile(path)
    expect(Number(found.readBigInt64BE(0))).toBe(1)
    expect(found.subarray(0, size).equals(bytes.subarray(size, 2 * size))).toBe(true)
  })
})

test('the compacted log opens again as it is, cleanly or not', async () => {
  const around = compactedWorld()
  const log = around.create()
  for (let n = 0; n < 60; n++) put(log, `k${n % 7}`, String(n))
  await compact(around, log)
  const expected = await contents(log)
  const killed = compactedWorld({ disk: around.disk.kill() }).open()
  expect(await contents(killed)).toEqual(expected)
  await log.close()
  const closed = around.open({ wasClosedCleanly: true })
  expect(await contents(closed)).toEqual(expected)
  expect(closed.logEndOffset).toBe(60)
})
