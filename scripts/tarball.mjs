// `node scripts/tarball.mjs DIR` (after a build) writes ottla-<version>-<platform>-<arch>.tar.gz there: bin/ with the
// commands, libexec/ with the package and the packages that it needs, for /opt, Homebrew and wherever npm is not.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const target = resolve(process.argv[2] ?? '.')
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const name = `ottla-${version}-${process.platform}-${process.arch}`
const staging = mkdtempSync(join(tmpdir(), 'ottla-tarball-'))
const root = join(staging, name)
const libexec = join(root, 'libexec')

function run(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** What package.json lists as published, and nothing else. */
function unpackPackage() {
  run('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', staging)
  run('tar', '-xzf', join(staging, `ottla-${version}.tgz`), '-C', libexec, '--strip-components=1')
}

/** As the lock file names them; those for other machines are not installed here. */
function copyDependencies() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  for (const [path, { dev }] of Object.entries(packages)) {
    if (path === '' || dev === true || !existsSync(path)) continue
    cpSync(path, join(libexec, path), { recursive: true, dereference: true })
  }
}

try {
  mkdirSync(libexec, { recursive: true })
  mkdirSync(join(root, 'bin'))
  mkdirSync(target, { recursive: true })
  unpackPackage()
  copyDependencies()
  cpSync('docker/link-commands.mjs', join(libexec, 'docker/link-commands.mjs'))
  run(process.execPath, join(libexec, 'docker/link-commands.mjs'), join(root, 'bin'))
  rmSync(join(libexec, 'docker'), { recursive: true })
  for (const file of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'docs']) {
    cpSync(join(libexec, file), join(root, file), { recursive: true })
  }
  cpSync('packaging', join(root, 'share/ottla'), { recursive: true })
  const file = join(target, `${name}.tar.gz`)
  run('tar', '-czf', file, '-C', staging, name)
  process.stdout.write(`${file}\n`)
} finally {
  rmSync(staging, { recursive: true, force: true })
}
