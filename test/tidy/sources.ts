// The project's own TypeScript files, parsed once, for the tests that hold its rules.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url))

export interface Import {
  /** Path from the project's root for our own files ("src/log/append.ts"), else the module's name. */
  readonly target: string
  readonly specifier: string
  readonly typeOnly: boolean
  readonly line: number
}

export interface Source {
  /** Path from the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
  readonly imports: readonly Import[]
}

const cache = new Map<string, readonly Source[]>()

/** All `.ts` files under the folders, such as "src" or "protocol". */
export function sourcesIn(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) => {
    const known = cache.get(folder)
    if (known !== undefined) return known
    const sources = listFiles(folder).map(parse)
    cache.set(folder, sources)
    return sources
  })
}

/** "src/log/append.ts:12", as editors and terminals link it. */
export function place(source: Source, node: ts.Node): string {
  return `${source.path}:${lineOf(source.tree, node)}`
}

/** Calls `visit` for every node below `node`, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  node.forEachChild((child) => walk(child, visit))
}

function listFiles(folder: string): string[] {
  const entries = readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
  return entries
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .sort()
}

function parse(path: string): Source {
  const text = readFileSync(join(projectRoot, path), 'utf8')
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const imports: Import[] = []
  walk(tree, (node) => {
    const found = importOf(path, tree, node)
    if (found !== null) imports.push(found)
  })
  return { path, text, tree, imports }
}

function importOf(path: string, tree: ts.SourceFile, node: ts.Node): Import | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const typeOnly = ts.isImportDeclaration(node)
      ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : node.isTypeOnly
    return node.moduleSpecifier === undefined
      ? null
      : toImport(path, tree, node.moduleSpecifier, typeOnly)
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return toImport(path, tree, node.arguments[0], false)
  }
  return null
}

function toImport(
  path: string,
  tree: ts.SourceFile,
  specifier: ts.Node | undefined,
  typeOnly: boolean,
): Import | null {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return null
  const name = specifier.text
  const target = name.startsWith('.') ? resolveOwn(path, name) : name
  return { target, specifier: name, typeOnly, line: lineOf(tree, specifier) }
}

function resolveOwn(path: string, specifier: string): string {
  return relative('.', normalize(join(dirname(path), specifier))).replaceAll('\\', '/')
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1
}
