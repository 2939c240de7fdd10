import { expect, test } from 'vitest'
import { completionScript, completionWords, shells } from '../../../src/cli/completion.ts'
import { parseCommand, usage } from '../../../src/cli/flags.ts'
import { nounVerbs } from '../../../src/cli/nouns.ts'
import { toolNames } from '../../../src/cli/tools/index.ts'

const words = await completionWords()

test.each(shells)('the script for %s knows every command, verb, tool and flag', (shell) => {
  const script = completionScript(shell, words)
  const isThere = (word: string): boolean =>
    new RegExp(`(^|[ "'])${word}([ "')]|$)`, 'm').test(script)
  for (const [noun, { verbs }] of nounVerbs) {
    for (const word of [noun, ...verbs]) expect(isThere(word), word).toBe(true)
  }
  for (const [tool, flags] of words.tools) {
    expect(isThere(tool), tool).toBe(true)
    expect(isThere(`${tool}.sh`), `${tool}.sh`).toBe(true)
    for (const flag of flags) {
      const word = shell === 'fish' ? flag.replace(/^--/, '-l ').replace(/^-(?=.$)/, '-s ') : flag
      expect(isThere(word), word).toBe(true)
    }
  }
  expect([...words.tools.keys()]).toEqual([...toolNames])
})

test('every command of its own is one of the usage, with its flags', () => {
  for (const [name, { flags }] of words.commands) {
    if (nounVerbs.has(name)) continue
    expect(usage).toContain(`ottla ${name}`)
    for (const flag of flags) expect(usage, `${name} ${flag}`).toContain(flag)
  }
})

test('a noun is completed with the flags of its tool, and with --json where there is a report', () => {
  expect(words.commands.get('topics')?.verbs).toContain('describe')
  expect(words.commands.get('topics')?.flags).toEqual(
    expect.arrayContaining(['--partitions', '--bootstrap-server', '--json']),
  )
  expect(words.commands.get('produce')?.flags).not.toContain('--json')
})

test('completion needs a shell that it knows', () => {
  expect(parseCommand(['completion', 'bash'])).toEqual({ kind: 'completion', shell: 'bash' })
  expect(parseCommand(['completion', 'tcsh'])).toMatchObject({ kind: 'misuse' })
})
