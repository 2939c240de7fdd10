import { describe, expect, test } from 'vitest'
import { planIn } from '../../../../src/cli/tools/kafka-streams-application-reset.ts'
import { PlanUnreadable } from '../../../../src/cli/tools/reset-plan.ts'
import { runTool } from '../../../support/tool-host.ts'

describe('a plan in a file', () => {
  const scope = {
    groupId: 'app',
    partitions: [
      { topic: 'in', partition: 0 },
      { topic: 'in', partition: 1 },
    ],
  }

  test('has an offset for each partition; the last one counts', () => {
    expect(planIn('in,0,5\nin, 1 ,-7\nin,0,6\n\n', scope)).toEqual([
      { topic: 'in', partition: 0, offset: 6 },
      { topic: 'in', partition: 1, offset: -7 },
    ])
  })

  test.each([
    ['', 'It is empty'],
    ['in,0\n', 'not following the format'],
    ['app,in,0,5\n', 'not following the format'],
    ['in,0,5\n\nin,1,5\n', 'not following the format'],
  ])('cannot be read when it is %j', (text, complaint) => {
    expect(() => planIn(text, scope)).toThrow(PlanUnreadable)
    expect(() => planIn(text, scope)).toThrow(complaint)
  })

  test.each([
    ['in,0,x\nin,1,5\n', 'For input string: "x"'],
    ['in,0,5\n', 'The reset plan lacks in-1.'],
    ['in,0,5\nin,1,5\nin,2,5\n', 'The reset plan names in-2, which is not reset.'],
  ])('is refused when it is %j', (text, complaint) => {
    expect(() => planIn(text, scope)).toThrow(complaint)
  })
})

test.each([
  ['', 'Missing required option(s) [application-id]'],
  ['--dry-run', 'Missing required option(s) [application-id]'],
  [
    '--application-id app --from-file f --shift-by 1',
    'Option "[from-file]" can\'t be used with option "[shift-by]"',
  ],
  [
    '--application-id app --config-file a --command-config b',
    'Option "[config-file]" can\'t be used with option "[command-config]"',
  ],
])('the command line %j is refused with the usage', async (words, complaint) => {
  const args = words === '' ? [] : words.split(' ')
  const { code, out, err } = await runTool('kafka-streams-application-reset', args)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err.startsWith(`${complaint}\nOption `)).toBe(true)
})
