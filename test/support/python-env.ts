// Makes the Python environments that the tests of Python clients run in: virtual environments
// outside the tree, cached under a name that is the hash of what goes into them. Never skips: what
// is missing is an error that says so.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const projectRoot = fileURLToPath(new URL('../../', import.meta.url))

/**
 * newest: kafka-python and confluent-kafka of today; legacy: kafka-python 2.0.2; examples: what
 * examples/ asks for.
 */
export type PythonEnvName = 'newest' | 'legacy' | 'examples'

const requirements: Readonly<Record<PythonEnvName, string>> = {
  newest: 'test/support/python/requirements.txt',
  legacy: 'test/support/python/requirements-legacy.txt',
  examples: 'examples/requirements.txt',
}

const imports: Readonly<Record<PythonEnvName, string>> = {
  newest: 'import kafka, confluent_kafka',
  legacy: 'import kafka',
  examples: 'import kafka, confluent_kafka, streamlit, psycopg, bcrypt, matplotlib',
}

/**
 * Run by the interpreter at every start: gives kafka-python 2.0.2 a six that Python 3.12 and later
 * can import.
 */
const sixShim = [
  'import sys, six',
  "sys.modules['kafka.vendor.six'] = six",
  "sys.modules['kafka.vendor.six.moves'] = six.moves\n",
].join('; ')

/**
 * The interpreter of the named environment, which is made first if need be (needs a package index
 * then, about 10 s). The cache lies in $XDG_CACHE_HOME or ~/.cache; OTTLA_TEST_PYTHON names another
 * python3 to start from.
 *
 * Two runs at once do not collide: each builds in a directory of its own, and the first to finish
 * renames it into place.
 */
export async function pythonEnv(name: PythonEnvName): Promise<string> {
  const base = await basePython()
  const wanted = join(projectRoot, requirements[name])
  const content = await readFile(wanted, 'utf8')
  const hash = createHash('sha256')
    .update([content, base.version, sixShim].join('\0'))
    .digest('hex')
  const directory = join(cacheDirectory(), `python-${name}-${hash.slice(0, 16)}`)
  const python = join(directory, 'bin', 'python')
  if (existsSync(python)) return python
  // An environment without its python: the python that it was made from is gone.
  if (existsSync(directory)) await rm(directory, { recursive: true, force: true })
  await mkdir(dirname(directory), { recursive: true })
  const building = await mkdtemp(`${directory}.building-`)
  try {
    await build({ name, directory: building, base: base.path, requirements: wanted })
    await rename(building, directory)
  } catch (error) {
    await rm(building, { recursive: true, force: true })
    if (!existsSync(python)) throw error // else: another run was faster
  }
  return python
}

function cacheDirectory(): string {
  const configured = process.env['XDG_CACHE_HOME']
  const cache =
    configured === undefined || configured === '' ? join(homedir(), '.cache') : configured
  return join(cache, 'ottla')
}

async function basePython(): Promise<{ path: string; version: string }> {
  const path = process.env['OTTLA_TEST_PYTHON'] ?? 'python3'
  try {
    const script = 'import sys, platform; print(sys.executable, platform.machine(), sys.version)'
    const { stdout } = await run(path, ['-c', script])
    return { path, version: stdout }
  } catch (error) {
    throw new Error(
      `the tests of Kafka's Python clients need ${path}, which does not run here. ` +
        'Install Python 3.8 or later (Debian and Ubuntu: apt-get install python3 python3-venv), ' +
        'or name one in OTTLA_TEST_PYTHON',
      { cause: error },
    )
  }
}

async function build(options: {
  readonly name: PythonEnvName
  readonly directory: string
  readonly base: string
  readonly requirements: string
}): Promise<void> {
  const python = join(options.directory, 'bin', 'python')
  await step(
    options.base,
    ['-m', 'venv', options.directory],
    'python3 cannot make a virtual environment (Debian and Ubuntu: apt-get install python3-venv)',
  )
  await step(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', options.requirements],
    `pip could not install ${options.requirements}`,
  )
  if (options.name === 'legacy') {
    const where = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    const { stdout } = await run(python, ['-c', where])
    await writeFile(join(stdout.trim(), 'ottla-six.pth'), sixShim)
  }
  await step(
    python,
    ['-c', imports[options.name]],
    'the installed Python clients cannot be imported',
  )
}

async function step(file: string, args: readonly string[], problem: string): Promise<void> {
  try {
    await run(file, args)
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error)
    throw new Error(`${problem}:\n${details}`, { cause: error })
  }
}
