// The one-way rule of ARCHITECTURE.md: a layer imports only from the layers above it in this list and
// from its own folder; and the modules that decide import nothing that touches the world.
import { expect, test } from 'vitest'
import { sourcesIn, type Source } from './sources.ts'

/** From the ground up. Names on one line may not import each other. */
const layers: readonly (readonly string[])[] = [
  ['protocol'],
  ['src/base'],
  ['src/metrics'],
  ['src/io', 'src/config'],
  ['src/log', 'src/catalog'],
  ['src/storage'],
  ['src/coordinators', 'src/security', 'src/telemetry'],
  ['src/handlers', 'src/client'],
  ['src/monitoring'],
  ['src/network', 'src/http'],
  ['src/broker-core.ts'],
  ['src/broker.ts'],
  ['src/index.ts', 'src/cli', 'src/testing'],
]

/** Ports are interfaces: whoever is handed a clock or a logger may name its type. */
const portsOfIo = new Set([
  'src/io/clock.ts',
  'src/io/disk.ts',
  'src/io/logger.ts',
  'src/io/random.ts',
])

/** Modules that decide: no clock, no promise, no file inside; so tests need no set-up. */
const pure: readonly string[] = [
  'src/coordinators/classic/',
  'src/coordinators/consumer/',
  'src/coordinators/share/',
  'src/coordinators/streams/',
  'src/coordinators/transactions/',
  'src/coordinators/offsets/',
  'src/coordinators/assignors/',
  'src/log/retention.ts',
  'src/log/compaction.ts',
  'src/log/offset-map.ts',
  'src/log/key-hash.ts',
  'src/log/producer-state.ts',
  'src/log/leader-epochs.ts',
  'src/security/acl-index.ts',
  'src/security/host.ts',
  'src/telemetry/client-instances.ts',
  'src/catalog/acl.ts',
  'src/catalog/acl-image.ts',
  'src/catalog/acl-control.ts',
  'src/catalog/refusal.ts',
  'src/catalog/catalog.ts',
  'src/catalog/image.ts',
  'src/catalog/commit-changes.ts',
  'src/catalog/credentials.ts',
  'src/catalog/quota-control.ts',
  'src/catalog/quota-image.ts',
  'src/catalog/records.ts',
  'src/catalog/topic-names.ts',
]

const sources = sourcesIn('protocol', 'src')

function layerOf(path: string): { name: string; rank: number } | null {
  for (const [rank, names] of layers.entries()) {
    const name = names.find((layer) => path === layer || path.startsWith(`${layer}/`))
    if (name !== undefined) return { name, rank }
  }
  return null
}

const isOwn = (target: string): boolean =>
  target.startsWith('src/') || target.startsWith('protocol/')

test('every source file belongs to a layer', () => {
  expect(sources.filter(({ path }) => layerOf(path) === null).map(({ path }) => path)).toEqual([])
})

test('imports only point to lower layers or to the own folder', () => {
  const wrong = sources.flatMap((source) => {
    const own = layerOf(source.path)
    return source.imports.flatMap((found) => {
      const other = layerOf(found.target)
      if (own === null || other === null || !isOwn(found.target)) return []
      const allowed = other.name === own.name || other.rank < own.rank
      return allowed ? [] : [`${source.path}:${found.line} imports ${found.target}`]
    })
  })
  expect(wrong).toEqual([])
})

test('the log is reached only through the storage engine', () => {
  const users = sources.filter(({ path }) => !/^src\/(log|storage|testing|cli)\//.test(path))
  const wrong = users.flatMap((source) =>
    source.imports
      .filter(({ target }) => target.startsWith('src/log/'))
      .map(({ line, target }) => `${source.path}:${line} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

test('modules that decide import only protocol, base, ports as types, and one another', () => {
  const isPure = (path: string): boolean => pure.some((name) => path.startsWith(name))
  const allowed = (target: string, typeOnly: boolean): boolean =>
    target.startsWith('protocol/') ||
    target.startsWith('src/base/') ||
    isPure(target) ||
    (typeOnly && (portsOfIo.has(target) || target.startsWith('src/config/')))
  const wrong = sources
    .filter(({ path }) => isPure(path))
    .flatMap((source) =>
      source.imports
        .filter(({ target, typeOnly }) => !allowed(target, typeOnly))
        .map(({ line, target }) => `${source.path}:${line} imports ${target}`),
    )
  expect(wrong).toEqual([])
})

test('no imports run in a circle', () => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const state = new Map<string, 'open' | 'done'>()
  const circles: string[] = []
  const visit = (source: Source, trail: readonly string[]): void => {
    if (state.get(source.path) === 'done') return
    if (state.get(source.path) === 'open') {
      const circle = [...trail.slice(trail.indexOf(source.path)), source.path]
      circles.push(circle.join(' → '))
      return
    }
    state.set(source.path, 'open')
    for (const { target, typeOnly } of source.imports) {
      const next = byPath.get(target)
      if (next !== undefined && !typeOnly) visit(next, [...trail, source.path])
    }
    state.set(source.path, 'done')
  }
  for (const source of sources) visit(source, [])
  expect(circles).toEqual([])
})

test('protocol imports nothing of ours outside itself, and names its files with .ts', () => {
  const own = sources.flatMap((source) => source.imports.map((found) => ({ source, found })))
  const outside = own.filter(
    ({ source, found }) => source.path.startsWith('protocol/') && found.target.startsWith('src/'),
  )
  expect(outside.map(({ source }) => source.path)).toEqual([])
  const unnamed = own.filter(
    ({ found }) => /^\.{1,2}\//.test(found.specifier) && !/\.(ts|json)$/.test(found.specifier),
  )
  expect(unnamed.map(({ source, found }) => `${source.path}:${found.line}`)).toEqual([])
})

test('every file is used: imported by another, or an entry point', () => {
  const entryPoints = new Set([
    'src/index.ts',
    'src/cli/main.ts',
    'protocol/index.ts',
    'protocol/generate.ts',
  ])
  // protocol/generate.ts finds the definitions by listing their folder.
  const isDefinition = (path: string): boolean => path.startsWith('protocol/messages/')
  const all = sourcesIn('protocol', 'src', 'test', 'bench')
  const imported = new Set(all.flatMap((source) => source.imports.map(({ target }) => target)))
  // package.json's `bin` names them.
  const isCommand = (path: string): boolean => path.startsWith('src/cli/bin/')
  const unused = sources
    .map(({ path }) => path)
    .filter((path) => !imported.has(path) && !entryPoints.has(path))
    .filter((path) => !isDefinition(path) && !isCommand(path))
  expect(unused).toEqual([])
})
