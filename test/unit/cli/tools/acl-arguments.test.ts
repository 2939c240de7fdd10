import { describe, expect, test } from 'vitest'
import {
  aclOptions,
  checkAclArguments,
  entryText,
  patternsOf,
  patternText,
  rulesOf,
  type AclCall,
} from '../../../../src/cli/tools/acl-arguments.ts'
import { beginTool, ToolExit } from '../../../../src/cli/tools/tool.ts'
import { memoryHost } from '../../../support/tool-host.ts'

function callOf(words: string): { readonly call: AclCall; readonly err: () => string } {
  const { host, printed } = memoryHost()
  const args = ['--bootstrap-server', 'a:1', ...words.split(' ')]
  const call = beginTool(aclOptions, args, host, { summary: 'acls' })
  return { call, err: () => printed().err }
}

/** Rules as text: `TOPIC t LITERAL: READ`. */
function rules(words: string): readonly string[] {
  return rulesOf(callOf(words).call).map(({ filter, entries }) => {
    const texts = entries.map((entry) => entryText(entry))
    return `${patternText(filter)}: ${texts.map((text) => /operation=(\w+)/.exec(text)?.[1]).join(' ')}`
  })
}

function complaint(words: string): string {
  const { call, err } = callOf(words)
  expect(() => {
    checkAclArguments(call)
    rulesOf(call)
  }).toThrow(ToolExit)
  return err().split('\n')[0] ?? ''
}

describe('rules', () => {
  test('are every principal from every host for every operation', () => {
    const { call } = callOf(
      '--add --topic t --allow-principal User:B --allow-principal User:A --allow-host h --allow-host i --operation write --operation Read --deny-principal User:C',
    )
    const [rule] = rulesOf(call)
    expect(rule?.entries.map(entryText)).toEqual([
      '(principal=User:A, host=h, operation=READ, permissionType=ALLOW)',
      '(principal=User:A, host=h, operation=WRITE, permissionType=ALLOW)',
      '(principal=User:A, host=i, operation=READ, permissionType=ALLOW)',
      '(principal=User:A, host=i, operation=WRITE, permissionType=ALLOW)',
      '(principal=User:B, host=h, operation=READ, permissionType=ALLOW)',
      '(principal=User:B, host=h, operation=WRITE, permissionType=ALLOW)',
      '(principal=User:B, host=i, operation=READ, permissionType=ALLOW)',
      '(principal=User:B, host=i, operation=WRITE, permissionType=ALLOW)',
      '(principal=User:C, host=*, operation=READ, permissionType=DENY)',
      '(principal=User:C, host=*, operation=WRITE, permissionType=DENY)',
    ])
  })

  test('mean every operation unless one is named', () => {
    expect(rules('--add --cluster --allow-principal User:A')).toEqual([
      'ResourcePattern(resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL): ALL',
    ])
  })

  test('of a producer and of a consumer say what each needs, together once each', () => {
    const given =
      '--add --producer --consumer --topic t --group g --transactional-id x --idempotent --allow-principal User:A'
    expect(rules(given)).toEqual([
      'ResourcePattern(resourceType=TOPIC, name=t, patternType=LITERAL): READ WRITE CREATE DESCRIBE',
      'ResourcePattern(resourceType=GROUP, name=g, patternType=LITERAL): READ',
      'ResourcePattern(resourceType=TRANSACTIONAL_ID, name=x, patternType=LITERAL): WRITE DESCRIBE',
      'ResourcePattern(resourceType=CLUSTER, name=kafka-cluster, patternType=LITERAL): IDEMPOTENT_WRITE',
    ])
  })

  test('are none where no principal is named: --remove then means all', () => {
    expect(rulesOf(callOf('--remove --topic t').call)[0]?.entries).toEqual([])
  })
})

describe('patterns', () => {
  test('are of the type that is named, in any case', () => {
    const { call } = callOf('--list --topic t --user-principal u --resource-pattern-type Match')
    expect(patternsOf(call.options).map(patternText)).toEqual([
      'ResourcePattern(resourceType=TOPIC, name=t, patternType=MATCH)',
      'ResourcePattern(resourceType=USER, name=u, patternType=MATCH)',
    ])
    const wrong = callOf('--list --resource-pattern-type foo').call
    expect(() => patternsOf(wrong.options)).toThrow(
      "Cannot parse argument 'foo' of option resource-pattern-type",
    )
  })

  test('of the cluster are literal only', () => {
    expect(
      patternsOf(callOf('--list --cluster --resource-pattern-type prefixed').call.options),
    ).toEqual([])
  })
})

test.each([
  ['--list --add', 'Command must include exactly one action: --list, --add, --remove. '],
  [
    '--add --topic t --bootstrap-controller b:1',
    'Only one of --bootstrap-server or --bootstrap-controller must be specified',
  ],
  [
    '--list --allow-principal User:A',
    'Option "[list]" can\'t be used with option "[allow-principal]"',
  ],
  [
    '--add --producer --topic t --operation Read',
    'Option "[producer]" can\'t be used with option "[operation]"',
  ],
  ['--add --producer --group g', 'With --producer you must specify a --topic'],
  [
    '--add --idempotent --topic t',
    'The --idempotent option is only available if --producer is set',
  ],
  [
    '--add --consumer --topic t',
    'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
  ],
  [
    '--add --topic t --principal User:A',
    'The --principal option is only available if --list is set',
  ],
  [
    '--add --allow-principal User:A',
    'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
  ],
  [
    '--add --delegation-token t --operation Read --allow-principal User:A',
    'ResourceType DELEGATION_TOKEN only supports operations [ALL, DESCRIBE]',
  ],
])('%s is refused: %s', (words, message) => {
  expect(complaint(words)).toBe(message)
})

test('a principal has a type and a name', () => {
  const { call } = callOf('--add --topic t --allow-principal alice')
  expect(() => rulesOf(call)).toThrow(
    'expected a string in format principalType:principalName but got alice',
  )
})
