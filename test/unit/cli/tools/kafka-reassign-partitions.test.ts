import { expect, test } from 'vitest'
import { runTool } from '../../../support/tool-host.ts'

test.each([
  [
    '--additional',
    /^Command must include exactly one action: --generate, --execute, --verify, --cancel, --l/,
  ],
  ['--execute --verify', /^Command must include exactly one action/],
  ['--list', /^Please specify either --bootstrap-server or --bootstrap-controller/],
  ['--list --bootstrap-server a:1 --bootstrap-controller a:1', /^Please don't specify both/],
  ['--execute --bootstrap-server a:1', /^Missing required argument "\[reassignment-json-file\]"/],
  [
    '--execute --bootstrap-server a:1 --reassignment-json-file f --disable-rack-aware',
    /^Option "\[disable-rack-aware\]" can't be used with action "\[execute\]"/,
  ],
  [
    '--verify --bootstrap-controller a:1 --reassignment-json-file f',
    /^Option "\[bootstrap-controller\]" can't be used with action "\[verify\]"/,
  ],
])('the command line %j is refused with the usage', async (words, complaint) => {
  const { code, err } = await runTool('kafka-reassign-partitions', words.split(' '))
  expect(code).toBe(1)
  expect(err).toMatch(complaint)
})
