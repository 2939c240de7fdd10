// A broker under measurement: a process on a port of its own, fresh data, and how long it took to answer.
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from '../../test/support/raw-connection.ts'
import { encodeRequestFrame } from '../../test/support/wire-client.ts'

const answerMillisMax = 2000
const startMillisMax = 120_000
const stopMillisMax = 60_000
const pollMs = 5

export interface RunningBroker {
  readonly pid: number
  readonly port: number
  /** From the start of the process to the first answered request. */
  readonly bootMs: number
  /** Ends the process and removes its data. */
  stop(): Promise<void>
}

/** What can be started for a benchmark. */
export interface BrokerKind {
  readonly name: string
  start(): Promise<RunningBroker>
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  /** Removed when the broker stops. */
  readonly directory: string
}

const running = new Set<number>()
const directories = new Set<string>()

process.once('exit', () => {
  for (const pid of running) process.kill(pid, 'SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1)) // by way of 'exit', so that nothing is left running
}

/** An empty directory that is gone when the benchmark ends. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ottla-bench-'))
  directories.add(directory)
  return directory
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address === null || typeof address === 'string' ? 0 : address.port
      server.close(() => resolve(port))
    })
  })
}

/** Starts a process and waits until it answers an ApiVersions request. */
export async function launch({ command, args, port, directory }: Launch): Promise<RunningBroker> {
  const outputPath = join(directory, 'output.txt')
  const output = openSync(outputPath, 'w')
  const startedMs = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', output, output] })
  const pid = child.pid ?? -1
  if (pid > 0) running.add(pid)
  let ended = false
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  }).then(() => {
    ended = true
    running.delete(pid)
  })
  while (!(await answers(port))) {
    if (ended || performance.now() - startedMs > startMillisMax) {
      child.kill('SIGKILL')
      throw new Error(`${command} does not answer:\n${readFileSync(outputPath, 'utf8')}`)
    }
    await sleep(pollMs)
  }
  const bootMs = performance.now() - startedMs
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), stopMillisMax)
    await exited
    clearTimeout(late)
    rmSync(directory, { recursive: true, force: true })
    directories.delete(directory)
  }
  return { pid, port, bootMs, stop }
}

const header = { correlationId: 1, clientId: 'ottla-bench' }
const apiVersionsFrame = encodeRequestFrame('ApiVersions', 0, {}, header)

async function answers(port: number): Promise<boolean> {
  const connection = await RawConnection.open(`127.0.0.1:${port}`).catch(() => null)
  if (connection === null) return false
  try {
    await connection.write(apiVersionsFrame)
    return Buffer.isBuffer(await connection.next(answerMillisMax))
  } finally {
    connection.end()
  }
}
