// Documents lead somewhere: every relative link names a file that is there, and every #anchor a heading of it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from './sources.ts'

const foreign = ['node_modules', 'dist']
const files = readdirSync(projectRoot, { withFileTypes: true })
  .filter(({ name }) => !name.startsWith('.') && !foreign.includes(name))
  .flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name]
    const inside = readdirSync(join(projectRoot, entry.name), { recursive: true, encoding: 'utf8' })
    return inside.map((name) => join(entry.name, name))
  })
const documents = files
  .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
  .map((path) => join(projectRoot, path))

/** As GitHub makes an anchor of a heading. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.matchAll(/^#+ +(.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function isBroken(document: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? document : join(dirname(document), file)
  if (!existsSync(path)) return true
  if (anchor === undefined || extname(path) !== '.md' || statSync(path).isDirectory()) return false
  return !anchorsOf(readFileSync(path, 'utf8')).has(anchor)
}

test('every link of a document leads to a file and a heading that are there', () => {
  expect(documents.length).toBeGreaterThan(10)
  const broken = documents.flatMap((document) => {
    const links = readFileSync(document, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)
    return [...links]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && isBroken(document, target))
      .map((target) => `${relative(projectRoot, document)}: ${target}`)
  })
  expect(broken).toEqual([])
})
