// What `npm ci` may bring in: packages whose content the lockfile fixes, from a registry and nowhere else, that run
// nothing when they are installed.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockedPackage {
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

/** Packages that run a script when they are installed, and why that is accepted. */
const installScripts: Readonly<Record<string, string>> = {
  'node_modules/esbuild': 'development only: checks that its binary came along',
  'node_modules/koffi': 'optional: takes the binary that came along, and builds one where none did',
}

const readJson = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
const lock = readJson('package-lock.json') as {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, LockedPackage>>
}
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

test('the lockfile is one that npm ci obeys to the byte', () => {
  expect(lock.lockfileVersion).toBe(3)
  expect(packages.length).toBeGreaterThan(0)
  const open = packages.filter(
    ([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
  )
  expect(open.map(([path]) => path)).toEqual([])
})

test('packages come from a registry: no link, no repository, no plain address', () => {
  const elsewhere = packages.filter(
    ([path, { resolved, link }]) =>
      link === true ||
      !/(^|\/)node_modules\/(@[\w.-]+\/)?[\w.-]+$/.test(path) ||
      (resolved !== undefined &&
        !/^https:\/\/[^/]+\/(@[^/]+\/)?[^/]+\/-\/[^/]+\.tgz$/.test(resolved)),
  )
  expect(elsewhere.map(([path]) => path)).toEqual([])
})

test('no package runs a script when it is installed, save for the listed', () => {
  const running = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true)
  expect(running.map(([path]) => path)).toEqual(Object.keys(installScripts))
})

test('what package.json asks for is asked for exactly', () => {
  const asked = readJson('package.json') as Readonly<
    Record<'dependencies' | 'optionalDependencies' | 'devDependencies', Record<string, string>>
  >
  const all = [asked.dependencies, asked.optionalDependencies, asked.devDependencies]
  const ranges = all.flatMap((group) => Object.entries(group))
  expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})
