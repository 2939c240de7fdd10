import { describe, expect, test } from 'vitest'
import { deletionReport } from '../../../../src/cli/tools/group-tool.ts'
import { runTool } from '../../../support/tool-host.ts'

const nowhere = ['--bootstrap-server', 'localhost:1']

describe('a flag whose value makes no sense', () => {
  test.each([
    ['kafka-consumer-groups', 'consumer'],
    ['kafka-share-groups', 'share'],
  ] as const)('is a failure of %s, which shows it and ends with 0', async (tool, type) => {
    const problem = "Cannot parse argument 'x' of option timeout\n"
    expect(await runTool(tool, [...nowhere, '--list', '--timeout', 'x'])).toEqual({
      code: 0,
      out: `\nError: Executing ${type} group command failed due to ${problem}`,
      err: problem,
    })
  })

  test('is refused with the usage by kafka-streams-groups', async () => {
    const run = await runTool('kafka-streams-groups', [...nowhere, '--list', '--timeout', 'x'])
    expect(run).toMatchObject({ code: 1, out: '' })
    expect(run.err).toMatch(/^Cannot parse argument 'x' of option timeout\nOption /)
  })
})

test.each(['kafka-consumer-groups', 'kafka-share-groups', 'kafka-streams-groups'] as const)(
  '%s describes one thing at a time, of groups that are named',
  async (tool) => {
    const words = [...nowhere, '--describe']
    expect((await runTool(tool, words)).err).toMatch(/^Option \[describe\] takes one of these/)
    const both = await runTool(tool, [...words, '--all-groups', '--members', '--state'])
    expect(both.err).toContain(
      'takes at most one of these options: [members], [offsets], [state]\n',
    )
  },
)

test('what was deleted is told, and why the rest was not', () => {
  const failed = new Map([
    ['c', 'why'],
    ['d', 'too'],
  ])
  expect(deletionReport('share', ['a', 'b'], new Map())).toBe(
    "Deletion of requested share groups ('a', 'b') was successful.\n",
  )
  expect(deletionReport('consumer', ['a'], failed)).toBe(
    "\nError: Deletion of some consumer groups failed:\n* Group 'c' could not be deleted due to: why\n* Group 'd' could not be deleted due to: too\n\nThese consumer groups were deleted successfully: 'a'\n",
  )
  expect(deletionReport('consumer', [], failed)).not.toContain('successfully')
})
