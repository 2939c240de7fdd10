import { describe, expect, test } from 'vitest'
import { batchesOf } from '../../../../src/cli/tools/kafka-verifiable-consumer.ts'
import type { ConsumedRecord } from '../../../../src/client/fetched-records.ts'
import { runTool } from '../../../support/tool-host.ts'

const record = (partition: number, offset: number): ConsumedRecord => ({
  topic: 't',
  partition,
  offset,
  timestamp: 0,
  timestampType: 'CreateTime',
  leaderEpoch: 0,
  key: null,
  value: null,
  headers: [],
})

describe('what one poll gave', () => {
  const records = [record(1, 5), record(1, 6), record(0, 9)]
  const shown = (max: number): unknown =>
    batchesOf(records, max).map((batch) => [
      batch.partition,
      batch.records.map(({ offset }) => offset),
    ])

  test('is told by partition', () => {
    expect(shown(Infinity)).toEqual([
      [1, [5, 6]],
      [0, [9]],
    ])
  })

  test('is cut where enough was read, without empty partitions', () => {
    expect(shown(2)).toEqual([[1, [5, 6]]])
    expect(shown(1)).toEqual([[1, [5]]])
    expect(shown(0)).toEqual([])
  })
})

describe('a command line', () => {
  const run = (words: string) =>
    runTool(
      'kafka-verifiable-consumer',
      words.split(' ').filter((word) => word !== ''),
    )

  test('that is empty prints the usage and succeeds', async () => {
    const { code, out } = await run('')
    expect(code).toBe(0)
    expect(out).toContain('--group-instance-id')
  })

  test('names what it misses, and which assignor it does not know', async () => {
    const missing = await run('--topic t --bootstrap-server h:1')
    expect(missing.code).toBe(1)
    expect(missing.err).toMatch(/^verifiable-consumer: error: argument --group-id is required\n/)
    const least = '--topic t --bootstrap-server h:1 --group-id g'
    expect((await run(`${least} --assignment-strategy Mine`)).err).toMatch(
      /^Mine is not known here/,
    )
    expect((await run(`${least} --group-protocol new`)).err).toContain('GroupProtocol.NEW')
  })
})
