// Starts the built broker (dist/src/cli/main.js) as a process of its own, for tests that need a
// real socket, a real disk or a real kill -9. One broker per call, on an ephemeral port and in a
// data directory of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const projectRoot = fileURLToPath(new URL('../../', import.meta.url))
const mainScript = join(projectRoot, 'dist/src/cli/main.js')
const readyPattern = /^ottla ready on (.+) in \d+ ms$/m
const startMillisMax = 30_000
const stopMillisMax = 20_000
const keptOutputCharsMax = 200_000

export interface TestBrokerOptions {
  /**
   * Kafka config keys, passed as `--override key=value`; `listeners` and `log.dirs` have defaults
   * here.
   */
  readonly overrides?: Readonly<Record<string, string | number | boolean>>
  /**
   * A data directory to serve from, such as the `dataDir` of a killed broker. Default: a new one.
   */
  readonly dataDir?: string
  /** Port on 127.0.0.1. Default 0: the system chooses. */
  readonly port?: number
  /** Further environment variables of the broker's process. */
  readonly env?: Readonly<Record<string, string>>
  /** Flags for node itself, such as `--max-old-space-size=64`. */
  readonly nodeArgs?: readonly string[]
}

export interface BrokerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface TestBroker {
  /** `host:port`, as a client's bootstrap list takes it. */
  readonly bootstrap: string
  readonly port: number
  readonly dataDir: string
  readonly pid: number
  /** What the broker has written to stdout and stderr so far (its last 200,000 characters). */
  output(): string
  /**
   * SIGTERM, then waits for the exit. Removes the data directory unless it was given, or
   * `keepData`.
   */
  stop(options?: { readonly keepData?: boolean }): Promise<BrokerExit>
  /** SIGKILL, then waits. Keeps the data directory, for a restart with `dataDir`. */
  kill(): Promise<BrokerExit>
}

/** The broker ended before it was ready: carries how, and all that it wrote. */
export class BrokerRefusedToStart extends Error {
  readonly exit: BrokerExit
  readonly output: string

  constructor(exit: BrokerExit, output: string) {
    super(`the broker ended before its ready line (code ${exit.code}, ${exit.signal}):\n${output}`)
    this.exit = exit
    this.output = output
  }
}

const ownDirectories = new Set<string>()
const running = new Set<ChildProcess>()

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const directory of ownDirectories) rmSync(directory, { recursive: true, force: true })
})

/**
 * Starts a broker and waits for its ready line. Throws BrokerRefusedToStart when it exits instead.
 *
 * With OTTLA_TEST_BOOTSTRAP=host:port in the environment no broker is started and that one is used:
 * so the same suites can be run against Apache Kafka.
 */
export async function startTestBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const foreign = process.env['OTTLA_TEST_BOOTSTRAP']
  if (foreign !== undefined) return foreignBroker(foreign)
  if (!existsSync(mainScript)) {
    throw new Error(`${mainScript} is missing: run \`npm run build\` first (\`npm test\` does)`)
  }
  const dataDir = options.dataDir ?? newDataDirectory()
  const child = spawn(process.execPath, commandLine(options, dataDir), {
    cwd: projectRoot,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = collectOutput(child)
  const exited = new Promise<BrokerExit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  const address = await readyAddress(child, exited, output)
  return {
    ...address,
    dataDir,
    pid: child.pid ?? -1,
    output,
    stop: async (stopOptions = {}) => {
      const exit = await endProcess(child, exited, 'SIGTERM', output)
      if (ownDirectories.has(dataDir) && stopOptions.keepData !== true) removeDirectory(dataDir)
      return exit
    },
    kill: () => endProcess(child, exited, 'SIGKILL', output),
  }
}

/**
 * A new, empty directory that disappears when the test process ends, or when its broker is stopped.
 */
export function newDataDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ottla-test-'))
  ownDirectories.add(directory)
  return directory
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
  ownDirectories.delete(directory)
}

function commandLine(options: TestBrokerOptions, dataDir: string): string[] {
  const settings = {
    listeners: `PLAINTEXT://127.0.0.1:${options.port ?? 0}`,
    'log.dirs': dataDir,
    ...options.overrides,
  }
  const overrides = Object.entries(settings).flatMap(([key, value]) => [
    '--override',
    `${key}=${value}`,
  ])
  return [...(options.nodeArgs ?? []), mainScript, 'start', ...overrides]
}

function collectOutput(child: ChildProcess): () => string {
  let text = ''
  const append = (chunk: string): void => {
    text = (text + chunk).slice(-keptOutputCharsMax)
  }
  child.stdout?.setEncoding('utf8').on('data', append)
  child.stderr?.setEncoding('utf8').on('data', append)
  return () => text
}

async function readyAddress(
  child: ChildProcess,
  exited: Promise<BrokerExit>,
  output: () => string,
): Promise<{ bootstrap: string; port: number }> {
  let onData: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined
  const ready = new Promise<string>((resolve, reject) => {
    onData = () => {
      const line = readyPattern.exec(output())
      if (line?.[1] !== undefined) resolve(line[1])
    }
    child.stdout?.on('data', onData)
    timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`no ready line within ${startMillisMax} ms; the broker wrote:\n${output()}`))
    }, startMillisMax)
  })
  const refused = exited.then((exit): never => {
    throw new BrokerRefusedToStart(exit, output())
  })
  refused.catch(() => undefined) // after the ready line an exit is `stop`'s business
  try {
    return firstAddress(await Promise.race([ready, refused]))
  } finally {
    clearTimeout(timer)
    if (onData !== undefined) child.stdout?.off('data', onData)
  }
}

/** "PLAINTEXT://127.0.0.1:4711, ..." → its first host and port. */
function firstAddress(addresses: string): { bootstrap: string; port: number } {
  const found = /(?:[A-Z_0-9]+:\/\/)?(\[[^\]]+\]|[^\s,:/]+):(\d+)/i.exec(addresses)
  if (found?.[1] === undefined || found[2] === undefined) {
    throw new Error(`no host:port in the ready line's addresses "${addresses}"`)
  }
  return { bootstrap: `${found[1]}:${found[2]}`, port: Number(found[2]) }
}

async function endProcess(
  child: ChildProcess,
  exited: Promise<BrokerExit>,
  signal: 'SIGTERM' | 'SIGKILL',
  output: () => string,
): Promise<BrokerExit> {
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, stopMillisMax)
  child.kill(signal)
  const exit = await exited
  clearTimeout(timer)
  if (late) throw new Error(`the broker did not end within ${stopMillisMax} ms:\n${output()}`)
  return exit
}

function foreignBroker(bootstrap: string): TestBroker {
  const exit: BrokerExit = { code: 0, signal: null }
  return {
    ...firstAddress(bootstrap),
    dataDir: '',
    pid: -1,
    output: () => '',
    stop: () => Promise.resolve(exit),
    kill: () => Promise.reject(new Error('a foreign broker cannot be killed')),
  }
}
