import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../../src/cli/flags.ts'
import { reportOfNoun, toolOfNoun } from '../../../src/cli/nouns.ts'

const server = ['--bootstrap-server', 'localhost:9092']

describe('a noun and a verb', () => {
  test.each([
    ['topics list', 'kafka-topics', ['--list', ...server]],
    [
      'topics create a --partitions 3',
      'kafka-topics',
      ['--create', ...server, '--topic', 'a', '--partitions', '3'],
    ],
    [
      'groups describe g --state',
      'kafka-consumer-groups',
      ['--describe', ...server, '--group', 'g', '--state'],
    ],
    ['users describe', 'kafka-configs', ['--describe', ...server, '--entity-type', 'users']],
    ['users describe alice', 'kafka-configs', ['--describe', ...server, '--user', 'alice']],
    [
      'users describe --user-defaults',
      'kafka-configs',
      ['--describe', ...server, '--user-defaults'],
    ],
    ['cluster id', 'kafka-cluster', ['cluster-id', ...server]],
    [
      'consume a --from-beginning',
      'kafka-console-consumer',
      [...server, '--topic', 'a', '--from-beginning'],
    ],
  ])('ottla %s runs %s', (words, tool, args) => {
    expect(toolOfNoun(words.split(' '))).toEqual({ tool, args })
  })

  test('go to the broker that is named', () => {
    const named = toolOfNoun(['topics', 'list', '--bootstrap-server=other:1'])
    expect(named).toEqual({ tool: 'kafka-topics', args: ['--list', '--bootstrap-server=other:1'] })
  })

  test('are told apart from what is none', () => {
    expect(toolOfNoun(['start'])).toBeNull()
    expect(toolOfNoun(['toString'])).toBeNull()
    expect(toolOfNoun(['topics', 'toString'])).toBe('no-verb')
    expect(parseCommand(['topics'])).toEqual({
      kind: 'misuse',
      reason: 'topics takes one of these verbs: list, describe, create, alter, delete.',
    })
  })
})

describe('--json', () => {
  test('asks for a report, wherever it stands', () => {
    const report = {
      report: 'topics describe',
      args: ['orders', '--json', '--bootstrap-server', 'b:1'],
    }
    const words = ['topics', 'describe', 'orders', '--json', '--bootstrap-server', 'b:1']
    expect(reportOfNoun(words)).toEqual(report)
    expect(parseCommand(words)).toEqual({ kind: 'report', ...report })
  })

  test('means what it meant where no noun stands in front', () => {
    expect(reportOfNoun(['config', '--json'])).toBeNull()
    expect(reportOfNoun(['topics', 'list'])).toBeNull()
    expect(parseCommand(['check', 'dir', '--json'])).toMatchObject({ kind: 'check', asJson: true })
  })
})
