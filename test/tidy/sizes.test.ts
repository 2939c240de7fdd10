// Sizes that keep the code readable in one go, and the density of assertions where data could be lost.
// A file or function beyond its size deserves a second look; those that had one are listed with why.
import ts from 'typescript'
import { expect, test } from 'vitest'
import { place, sourcesIn, walk, type Source } from './sources.ts'

const fileLinesMax = 500
const functionLinesMax = 70
const columnsMax = 100
/** Nobody breaks comments for us; a little more is no harm in prose. */
const commentColumnsMax = 120
const assertionsPerThousandLinesMin = 10

/** Longer than usual, and better in one piece. */
const longFiles: Readonly<Record<string, string>> = {}
const longFunctions: Readonly<Record<string, string>> = {}

const isData = ({ path }: Source): boolean =>
  path.startsWith('protocol/codecs/') || path.startsWith('protocol/messages/')
const code = sourcesIn('src', 'protocol').filter((source) => !isData(source))
/** A test is named after what it tests, and its names say what it holds. */
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.endsWith('.config.ts')
const linesOf = ({ text }: Source): number => text.split('\n').length - 1

test('files stay short enough to be read once, top to bottom', () => {
  const long = code.filter((source) => linesOf(source) > fileLinesMax)
  expect(long.map(({ path }) => path).filter((path) => longFiles[path] === undefined)).toEqual([])
})

test('functions fit on a screen', () => {
  const long: string[] = []
  for (const source of code) {
    walk(source.tree, (node) => {
      if (!isFunction(node)) return
      const start = source.tree.getLineAndCharacterOfPosition(node.getStart()).line
      const end = source.tree.getLineAndCharacterOfPosition(node.getEnd()).line
      if (end - start + 1 > functionLinesMax) long.push(place(source, node))
    })
  }
  const unknown = long.filter((where) => longFunctions[where.replace(/:\d+$/, '')] === undefined)
  expect(unknown).toEqual([])
})

test('lines fit into a hundred columns', () => {
  const wide = [...code, ...sourcesIn('test', 'bench')].flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (isWide(line) ? [`${path}:${index + 1}`] : [])),
  )
  expect(wide).toEqual([])
})

test.each(['log', 'storage', 'coordinators', 'catalog'])(
  'src/%s asserts what it relies on',
  (name) => {
    const sources = sourcesIn(`src/${name}`)
    const lines = sources.reduce((sum, source) => sum + linesOf(source), 0)
    let assertions = 0
    for (const source of sources) {
      walk(source.tree, (node) => {
        if (
          ts.isCallExpression(node) &&
          /^(assert|unreachable|invariant)/.test(node.expression.getText())
        ) {
          assertions += 1
        }
      })
    }
    expect((assertions * 1000) / lines).toBeGreaterThanOrEqual(assertionsPerThousandLinesMin)
  },
)

test('every file says at its top what it is responsible for', () => {
  const silent = sourcesIn('src', 'protocol', 'test', 'bench')
    .filter(({ path }) => !isTest(path))
    .filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*)/.test(text))
    .map(({ path }) => path)
  expect(silent).toEqual([])
})

function isFunction(node: ts.Node): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node)
  )
}

/** Prettier breaks what it can; a long string, import or link stays as it is. */
function isWide(line: string): boolean {
  const isComment = /^\s*(\/\/|\/?\*)/.test(line)
  return (
    line.length > (isComment ? commentColumnsMax : columnsMax) &&
    !/['"`][^'"`]{40,}['"`]|https?:\/\/|^import |eslint-|[\w/]{60,}/.test(line)
  )
}
