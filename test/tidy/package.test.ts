// What package.json promises its users is there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname, '../..')

test('every exported module and every command comes from a source file', () => {
  const targets = [...Object.values(manifest.exports), ...Object.values(manifest.bin)]
  const sources = targets.map((target) => target.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'))
  expect(sources.length).toBeGreaterThan(0)
  expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
