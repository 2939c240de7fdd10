// The command line.
import { describe, expect, test } from 'vitest'
import { parseCommand, usage } from '../../../src/cli/flags.ts'

describe('start', () => {
  test('needs nothing', () => {
    expect(parseCommand(['start'])).toEqual({ kind: 'start', file: null, overrides: [] })
  })

  test('takes a file, overrides in their order, and the log format as one of them', () => {
    const args = 'start a.properties --override a=1 --log-format json --override b=c=2'.split(' ')
    expect(parseCommand(args)).toEqual({
      kind: 'start',
      file: 'a.properties',
      overrides: ['a=1', 'b=c=2', 'ottla.log.format=json'],
    })
    expect(parseCommand(['--override=a=1', 'start'])).toMatchObject({ overrides: ['a=1'] })
  })

  test('takes one file only', () => {
    const command = parseCommand(['start', 'a', 'b'])
    expect(command).toEqual({
      kind: 'misuse',
      reason: 'start takes one file, and got "b" besides.',
    })
  })
})

test('help and version are told from anything', () => {
  expect(parseCommand(['--help'])).toEqual({ kind: 'help' })
  expect(parseCommand(['-h'])).toEqual({ kind: 'help' })
  expect(parseCommand(['start', '--version'])).toEqual({ kind: 'version' })
})

test.each([
  [[], 'There is no command.'],
  [['strat'], 'There is no command "strat". Did you mean start?'],
  [['topisc', 'list'], 'Did you mean topics?'],
  [['serve'], 'ottla start runs a broker'],
  [['start', '--port', '9092'], '--port'],
  [['start', '--override'], '--override'],
])('%o is misuse', (args, reason) => {
  const command = parseCommand(args)
  expect(command.kind).toBe('misuse')
  expect(command).toHaveProperty('reason', expect.stringContaining(reason))
})

test('an unknown option is named, and nothing else is explained', () => {
  expect(parseCommand(['start', '--overide', 'a=1'])).toEqual({
    kind: 'misuse',
    reason: "Unknown option '--overide'.",
  })
})

test('the usage names every option', () => {
  for (const option of ['--override', '--log-format', '--version', '--help']) {
    expect(usage).toContain(option)
  }
})

test('config, doctor and health take what start takes', () => {
  const args = ['a.properties', '--override', 'a=1']
  const configured = { file: 'a.properties', overrides: ['a=1'] }
  expect(parseCommand(['config', ...args, '--all'])).toEqual({
    kind: 'config',
    ...configured,
    asJson: false,
    all: true,
    topics: [],
  })
  expect(parseCommand(['doctor', ...args, '--json'])).toEqual({
    kind: 'doctor',
    ...configured,
    asJson: true,
  })
  expect(parseCommand(['health', ...args])).toEqual({ kind: 'health', ...configured })
  expect(parseCommand(['doctor', 'a', 'b'])).toMatchObject({ kind: 'misuse' })
})
