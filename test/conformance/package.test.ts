// What people install: the npm package and the tarball, small, whole, and usable from any directory.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot, runProgram } from '../support/program.ts'

const packageBytesMax = 1_500_000

let root = ''

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ottla-package-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

test('the npm package is small and holds what runs, its types and its texts', () => {
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: projectRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [packed] = JSON.parse(json) as readonly {
    readonly size: number
    readonly files: readonly { readonly path: string }[]
  }[]
  expect(packed?.size).toBeLessThan(packageBytesMax)
  const paths = packed?.files.map(({ path }) => path) ?? []
  const texts = readdirSync(join(projectRoot, 'docs')).filter((name) => name.endsWith('.md'))
  expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    ...texts.map((name) => `docs/${name}`).sort(),
    'package.json',
  ])
  expect(paths.filter((path) => !/\.(js|d\.ts)$/.test(path) && path.startsWith('dist/'))).toEqual(
    [],
  )
  for (const path of ['dist/src/cli/main.js', 'dist/src/index.d.ts', 'dist/protocol/index.js']) {
    expect(paths).toContain(path)
  }
})

test('the tarball runs where it is unpacked, from an empty directory', async () => {
  const made = await runProgram(process.execPath, ['scripts/tarball.mjs', root], {})
  execFileSync('tar', ['-xzf', made.lines.at(-1) ?? '', '-C', root])
  const unpacked = readdirSync(root).find((name) => !name.endsWith('.tar.gz')) ?? ''
  expect(readdirSync(join(root, unpacked)).sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'bin',
    'docs',
    'libexec',
    'share',
  ])
  const empty = join(root, 'empty')
  mkdirSync(empty)
  const command = join(root, unpacked, 'bin/ottla')
  const options = { cwd: empty, encoding: 'utf8' } as const
  expect(execFileSync(command, ['--version'], options)).toMatch(/^\d+\.\d+\.\d+\n$/)
  const printed = execFileSync(command, ['config', '--all', '--json'], options)
  const keys = (JSON.parse(printed) as readonly { readonly key: string }[]).map(({ key }) => key)
  expect(keys).toEqual(expect.arrayContaining(['listeners', 'log.dirs', 'ottla.durability']))
  expect(readdirSync(empty)).toEqual([])
})
