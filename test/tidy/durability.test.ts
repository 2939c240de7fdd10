// docs/durability.md names tests: each is there under its name. Planted bugs are listed with the seeds that find them.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/durability.md', 'utf8')

test('every test that docs/durability.md names is there', () => {
  const named = [...page.matchAll(/\| `(test\/[^`]+)`: (.+?) +\|/g)]
  expect(named.length).toBeGreaterThan(3)
  for (const [, path = '', title = ''] of named) {
    expect(existsSync(path), path).toBe(true)
    expect(readFileSync(path, 'utf8')).toContain(`test('${title}'`)
  }
})

test('docs/durability.md lists the planted bugs and the first seeds that show them', () => {
  const source = readFileSync('test/simulation/planted.ts', 'utf8')
  const planted = [...source.matchAll(/^ {2}'(.+)': \{\n {4}seed: (\d+),$/gm)]
  const listed = [...page.matchAll(/^\| (\w.+?) +\| (\d+) +\|$/gm)]
  const facts = (matches: RegExpExecArray[]) => matches.map(([, name, seed]) => `${name}: ${seed}`)
  expect(planted.length).toBeGreaterThan(2)
  expect(facts(listed)).toEqual(facts(planted))
})
