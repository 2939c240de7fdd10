import { describe, expect, test } from 'vitest'
import { eventLine, JavaDouble } from '../../../../src/cli/tools/event-lines.ts'
import { numberedRecord } from '../../../../src/cli/tools/kafka-verifiable-producer.ts'
import { runTool } from '../../../support/tool-host.ts'

describe('records', () => {
  test('count up, behind a prefix if there is one', () => {
    expect(numberedRecord(7, { prefix: undefined, keyCount: undefined })).toEqual({
      key: null,
      value: '7',
    })
    expect(numberedRecord(7, { prefix: 3, keyCount: undefined }).value).toBe('3.7')
  })

  test('have keys that begin again, unless their count is never reached', () => {
    const keys = (keyCount: number) =>
      [0, 1, 2].map((index) => numberedRecord(index, { prefix: undefined, keyCount }).key)
    expect(keys(2)).toEqual(['0', '1', '0'])
    expect(keys(0)).toEqual(['0', '1', '2'])
  })
})

test('events are JSON in the order of their fields, doubles with a fraction', () => {
  const fields = { sent: 1, key: null, average: new JavaDouble(2), other: new JavaDouble(0.5) }
  expect(eventLine(5, 'tool_data', fields)).toBe(
    '{"timestamp":5,"name":"tool_data","sent":1,"key":null,"average":2.0,"other":0.5}\n',
  )
})

test('a command line is refused with what is wrong with it', async () => {
  const run = (words: string) => runTool('kafka-verifiable-producer', words.split(' '))
  const unknown = await run('--topic t --bootstrap-server h:1 --acks 3')
  expect(unknown.code).toBe(1)
  expect(unknown.err).toMatch(/argument --acks: invalid choice: '3' \(choose from \{0,1,-1\}\)/)
  expect((await run('--bootstrap-server h:1')).err).toContain('argument --topic is required')
  expect((await runTool('kafka-verifiable-producer', [])).code).toBe(0)
})
