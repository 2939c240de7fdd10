// What no file may contain, or only some: the world's clocks and files behind ports, no `any`, no
// swallowed error, no note left for later, no test that is switched off.
import ts from 'typescript'
import { expect, test } from 'vitest'
import { place, sourcesIn, walk, type Source } from './sources.ts'

const written = (source: Source): boolean => !source.path.startsWith('protocol/codecs/')
const product = sourcesIn('src', 'protocol').filter(written)
const everything = [...product, ...sourcesIn('test', 'bench')]

/** Places where a node of `sources` is `wanted`. */
function find(sources: readonly Source[], wanted: (node: ts.Node) => boolean): string[] {
  const places: string[] = []
  for (const source of sources) {
    walk(source.tree, (node) => {
      if (wanted(node)) places.push(place(source, node))
    })
  }
  return places
}

const outside = (...prefixes: readonly string[]): Source[] =>
  product.filter(({ path }) => !prefixes.some((prefix) => path.startsWith(prefix)))

/** `name` used as a value: not a property, not a type, not a declaration of our own. */
function isGlobal(node: ts.Node, ...names: readonly string[]): boolean {
  if (!ts.isIdentifier(node) || !names.includes(node.text)) return false
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  return ts.isCallExpression(parent) || ts.isNewExpression(parent)
}

function isMember(node: ts.Node, object: string, property: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === object &&
    node.name.text === property
  )
}

function importsOf(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter(({ target }) => pattern.test(target))
      .map(({ line, target }) => `${source.path}:${line} imports ${target}`),
  )
}

test('only src/io reads the clock, sets timers or draws random numbers', () => {
  const timers = ['setTimeout', 'setInterval', 'performance']
  expect(find(outside('src/io/'), (node) => isGlobal(node, 'Date', ...timers))).toEqual([])
  expect(find(outside('src/io/'), (node) => isMember(node, 'Math', 'random'))).toEqual([])
  const timeModules = /^(node:)?(timers|timers\/promises|perf_hooks)$/
  expect(importsOf(outside('src/io/'), timeModules)).toEqual([])
})

test('only src/io touches files, and the generator that writes our own sources', () => {
  const disk = /^(node:)?fs(\/promises)?$/
  expect(importsOf(outside('src/io/', 'protocol/generate.ts'), disk)).toEqual([])
})

test('only src/network, src/http and src/client open sockets', () => {
  const users = outside('src/network/', 'src/http/', 'src/client/')
  expect(importsOf(users, /^(node:)?(net|tls|http|https)$/)).toEqual([])
})

test('the environment is read in one place, and the console belongs to the command line', () => {
  const readers = outside('src/config/sources.ts', 'src/config/sources/')
  expect(find(readers, (node) => isMember(node, 'process', 'env'))).toEqual([])
  const writers = outside('src/cli/', 'protocol/generate.ts')
  expect(find(writers, (node) => isGlobal(node, 'console'))).toEqual([])
})

test('nothing is of type any, and nothing is exported by default', () => {
  expect(find(everything, (node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([])
  const exported = (node: ts.Node): boolean => ts.isExportAssignment(node)
  const configs = everything.filter(({ path }) => path !== 'test/vitest.config.ts')
  expect(find(configs, exported)).toEqual([])
})

test('no error is swallowed by an empty catch', () => {
  const empty = (node: ts.Node): boolean =>
    ts.isCatchClause(node) && node.block.statements.length === 0
  expect(find(everything, empty)).toEqual([])
})

test('no note is left for later', () => {
  const notes = everything.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        /\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
  )
  expect(notes).toEqual([])
})

test('no test is switched off or singled out', () => {
  const runners = new Set(['test', 'it', 'describe', 'suite'])
  const switched = (node: ts.Node): boolean =>
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    runners.has(node.expression.text) &&
    ['skip', 'only', 'todo', 'skipIf', 'fails'].includes(node.name.text)
  expect(find(sourcesIn('test'), switched)).toEqual([])
})

test('int64 is a number everywhere but in the exact reader and writer', () => {
  const users = outside('protocol/', 'src/io/').filter(({ path }) => path.startsWith('src/'))
  expect(find(users, (node) => node.kind === ts.SyntaxKind.BigIntKeyword)).toEqual([])
})

test('no file names a path of the machine it was written on', () => {
  const paths = new RegExp(['/wo' + 'rk/', '/home/[a-z]+/', '/ro' + 'ot/'].join('|'))
  const named = everything.filter(({ text }) => paths.test(text)).map(({ path }) => path)
  expect(named).toEqual([])
})
