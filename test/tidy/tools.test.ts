import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toolNames } from '../../src/cli/tools/index.ts'
import {
  commands,
  packageCommands,
  readJsonDocs,
  readToolDocs,
  renderJsonDocs,
  renderToolDocs,
} from '../support/tool-docs.ts'
import { projectRoot } from './sources.ts'

const squeezed = (text: string): string => text.replace(/-{3,}/g, '---').replace(/[ \t]+/g, ' ')

test('docs/json.md names every report and field that there is (npm run docs)', () => {
  expect(squeezed(readJsonDocs())).toBe(squeezed(renderJsonDocs()))
})

test('docs/tools.md names every tool and flag that there is (npm run docs)', async () => {
  expect(squeezed(readToolDocs())).toBe(squeezed(await renderToolDocs()))
}, 60_000)

test('every tool is a command of the package, with and without .sh (npm run docs)', () => {
  expect(packageCommands()).toEqual(commands())
})

test.each(toolNames)('%s has a command file of its own that runs it', (name) => {
  const path = join(projectRoot, 'src/cli/bin', `${name}.ts`)
  expect(existsSync(path)).toBe(true)
  const text = readFileSync(path, 'utf8')
  expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
  expect(text).toContain(`runTool('${name}')`)
})
