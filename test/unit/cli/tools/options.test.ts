import { describe, expect, test } from 'vitest'
import { OptionsRefused, parseOptions, usageOf } from '../../../../src/cli/tools/options.ts'

const table = {
  topic: { text: 'The topic.', value: 'topic' },
  list: { text: 'List.' },
  describe: { text: 'Describe.' },
  partitions: { text: 'How many.', value: 'count', type: 'int' },
  state: { text: 'States.', value: '', optionalValue: true, onlyWith: ['list', 'describe'] },
  timeout: { text: 'How long.', value: 'ms', type: 'long', fallback: '5000' },
  server: { text: 'Where.', value: 'host:port', short: 'b' },
  help: { text: 'Help.', forHelp: true },
} as const

const parse = (...args: readonly string[]) => parseOptions(table, args)
const refusal = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof OptionsRefused) return error.message
    throw error
  }
  return 'accepted'
}

test('the sequence has every flag as often as it was typed', () => {
  expect(parse('--topic', 'a', '--list', '--topic=b', '-b', 'x').sequence).toEqual([
    'topic',
    'list',
    'topic',
    'server',
  ])
})

describe('values', () => {
  test('follow their flag, or an equals sign, which may come again in the value', () => {
    expect(parse('--topic', 'a').value('topic')).toBe('a')
    expect(parse('--topic=a=b').value('topic')).toBe('a=b')
    expect(parse('--topic=').value('topic')).toBe('')
  })

  test('may begin with a dash where the flag needs one', () => {
    expect(parse('--partitions', '-1').number('partitions')).toBe(-1)
    expect(parse('--topic', '--list').value('topic')).toBe('--list')
  })

  test('may be left out where they are optional, and are not taken from the next flag', () => {
    const options = parse('--list', '--state', '--topic', 'a')
    expect(options.has('state')).toBe(true)
    expect(options.value('state')).toBeUndefined()
    expect(parse('--list', '--state', 'empty').value('state')).toBe('empty')
  })

  test('of a repeated flag are all kept, and asking for the one is refused', () => {
    const options = parse('--topic', 'a', '--topic', 'b')
    expect(options.values('topic')).toEqual(['a', 'b'])
    expect(refusal(() => options.value('topic'))).toBe(
      'Found multiple arguments for option topic, but you asked for only one',
    )
  })

  test('fall back to the default', () => {
    expect(parse().numberOf('timeout')).toBe(5000)
    expect(parse().has('timeout')).toBe(false)
  })
})

describe('flags', () => {
  test('may have one dash, and a short name', () => {
    expect(parse('-topic', 'a', '-b', 'x:1').value('server')).toBe('x:1')
    expect(parse('-topic', 'a').value('topic')).toBe('a')
  })

  test('that do not exist are named', () => {
    expect(refusal(() => parse('--lisst'))).toBe('lisst is not a recognized option')
    expect(refusal(() => parse('--toString'))).toBe('toString is not a recognized option')
    expect(refusal(() => parse('-xyz'))).toBe('x is not a recognized option')
  })

  test('without their value or with one too many are refused', () => {
    expect(refusal(() => parse('--topic'))).toBe('Option topic requires an argument')
    expect(refusal(() => parse('--list=yes'))).toBe('Option list does not take an argument')
  })

  test('that need company are refused alone, but for help', () => {
    expect(refusal(() => parse('--state'))).toBe(
      'Option(s) [state] are unavailable given other options on the command line',
    )
    expect(refusal(() => parse('--state', '--help'))).toBe('accepted')
  })

  test('end at two dashes', () => {
    expect(parse('--list', '--', '--topic').arguments).toEqual(['--topic'])
    expect(parse('list', '--topic', 'a').arguments).toEqual(['list'])
  })
})

test.each(['x', '1.5', '', '2147483648', '0x10'])('%j is no int', (text) => {
  const options = parse(`--partitions=${text}`)
  expect(refusal(() => options.number('partitions'))).toBe(
    `Cannot parse argument '${text}' of option partitions`,
  )
})

test('the usage is sorted and fits into 80 columns', () => {
  const lines = usageOf(table).split('\n')
  expect(lines.slice(0, 3)).toEqual([
    'Option                         Description',
    '------                         -----------',
    '--describe                     Describe.',
  ])
  expect(lines).toContain('--timeout <Long: ms>           How long. (default: 5000)')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80)
})
