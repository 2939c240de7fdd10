import { describe, expect, test } from 'vitest'
import {
  checkReceived,
  latencyReport,
  namedArguments,
} from '../../../../src/cli/tools/kafka-e2e-latency.ts'
import type { ConsumedRecord } from '../../../../src/client/fetched-records.ts'
import { runTool } from '../../../support/tool-host.ts'

describe('arguments', () => {
  test('without names get them by their place', () => {
    expect(namedArguments('h:1 t 5 all 10 file'.split(' '))?.join(' ')).toBe(
      '--bootstrap-server h:1 --topic t --num-records 5 --producer-acks all --record-size 10 --command-config file',
    )
    expect(namedArguments('h:1 t 5 all 10'.split(' '))).toHaveLength(10)
  })

  test('with a name are left alone, and too few without are refused', async () => {
    const named = ['--topic', 't']
    expect(namedArguments(named)).toBe(named)
    expect(namedArguments([])).toEqual([])
    expect(namedArguments(['h:1', 't'])).toBeNull()
    const { code, err } = await runTool('kafka-e2e-latency', ['h:1', 't'])
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Invalid number of arguments\. Expected 5 or 6 .* got 2\./),
    })
  })

  test.each([
    ['--producer-acks 0', /^Invalid value for --producer-acks\./],
    ['--producer-acks 1 --num-records 0', /--num-records must be a positive integer/],
    ['--producer-acks 1 --record-header-size -2', /or -1 for null header value/],
    ['--producer-acks 1 --num-headers -1', /--num-headers must be a non-negative/],
  ])('that make no sense end with the usage: %s', async (words, complaint) => {
    const least = ['--bootstrap-server', 'h:1', '--topic', 't', '--record-size', '1']
    const count = words.includes('num-records') ? [] : ['--num-records', '1']
    const { code, err } = await runTool('kafka-e2e-latency', [
      ...least,
      ...count,
      ...words.split(' '),
    ])
    expect(code).toBe(1)
    expect(err).toMatch(complaint)
  })
})

describe('what comes back', () => {
  const sent = { topic: 't', key: Buffer.from('k'), value: Buffer.from('v'), headers: [] }
  const received = (changes: Partial<ConsumedRecord> = {}): ConsumedRecord => ({
    topic: 't',
    partition: 0,
    offset: 0,
    timestamp: 0,
    timestampType: 'CreateTime',
    leaderEpoch: 0,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [],
    ...changes,
  })

  test('is the record that was sent, once', () => {
    expect(() => checkReceived(sent, [received()])).not.toThrow()
    expect(() => checkReceived(sent, [received({ value: Buffer.from('w') })])).toThrow(
      'The message value read [w] did not match the message value sent [v]',
    )
    expect(() => checkReceived(sent, [received({ key: null })])).toThrow('The message key read')
    expect(() => checkReceived(sent, [received({ headers: [{ key: 'h', value: null }] })])).toThrow(
      'The message header read [h:null] did not match',
    )
    expect(() => checkReceived(sent, [received(), received()])).toThrow('We found [2]')
  })
})

test('the report averages fractions and ranks whole milliseconds', () => {
  expect(latencyReport([2.5, 1.9, 10.6])).toBe(
    'Avg latency: 5.0000 ms\nPercentiles: 50th = 2, 99th = 10, 99.9th = 10\n',
  )
})
