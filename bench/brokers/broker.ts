// A broker under measurement: a process on a port of its own, fresh data, and how long it took to answer.
import { spawn, type ChildProcess } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WireClient } from '../../test/support/wire-client.ts'

const answerMillisMax = 2000
const startMillisMax = 120_000
const stopMillisMax = 60_000
const pollMs = 5

export interface RunningBroker {
  readonly pid: number
  readonly port: number
  /** From the start of the process to the first Metadata answer that names the broker. */
  readonly bootMs: number
  /** Kills it with SIGKILL and starts it again on the same data, not waiting for it to answer. */
  crashAndRestart(): Promise<RunningBroker>
  /** Ends the process; its data is gone. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** acks=all waits for the disk. */
  readonly durable?: boolean
  /** More lines of server.properties. */
  readonly settings?: readonly string[]
}

/** What can be started for a benchmark. */
export interface BrokerKind {
  readonly name: string
  start(options?: StartOptions): Promise<RunningBroker>
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  /** Emptied when the broker stops, removed when the benchmark ends. */
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

/** Starts a process and waits until it answers a Metadata request. */
export async function launch(what: Launch): Promise<RunningBroker> {
  const startedMs = performance.now()
  const broker = new BrokerProcess(what)
  await broker.untilAnswers(startedMs + startMillisMax)
  broker.bootMs = performance.now() - startedMs
  return broker
}

class BrokerProcess implements RunningBroker {
  readonly port: number
  readonly pid: number
  bootMs = NaN
  readonly #what: Launch
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #ended = false

  constructor(what: Launch) {
    this.#what = what
    this.port = what.port
    const output = openSync(join(what.directory, 'output.txt'), 'a')
    this.#child = spawn(what.command, what.args, { stdio: ['ignore', output, output] })
    closeSync(output)
    this.pid = this.#child.pid ?? -1
    if (this.pid > 0) running.add(this.pid)
    this.#exited = new Promise<void>((resolve) => {
      this.#child.once('error', () => resolve())
      this.#child.once('exit', () => resolve())
    }).then(() => {
      this.#ended = true
      running.delete(this.pid)
    })
  }

  async untilAnswers(deadlineMs: number): Promise<void> {
    while (!(await answers(this.port))) {
      if (this.#ended || performance.now() > deadlineMs) {
        this.#child.kill('SIGKILL')
        const output = readFileSync(join(this.#what.directory, 'output.txt'), 'utf8')
        throw new Error(`${this.#what.command} does not answer:\n${output}`)
      }
      await sleep(pollMs)
    }
  }

  async crashAndRestart(): Promise<RunningBroker> {
    this.#child.kill('SIGKILL')
    await this.#exited
    return new BrokerProcess(this.#what)
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), stopMillisMax)
    await this.#exited
    clearTimeout(late)
    emptyFiles(this.#what.directory)
  }
}

/**
 * Gives the space back at once, and the files when the benchmark ends: after many were deleted, ext4 without
 * a journal is slow to create new ones for a minute, which would be charged to the next broker.
 */
function emptyFiles(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) truncateSync(join(entry.parentPath, entry.name))
  }
}

/** Whether the broker names itself in a Metadata answer. */
async function answers(port: number): Promise<boolean> {
  const client = await WireClient.open(`127.0.0.1:${port}`, 'ottla-bench').catch(() => null)
  if (client === null) return false
  try {
    const request = { topics: [], allowAutoTopicCreation: false }
    const { brokers } = await client.call('Metadata', 4, request, answerMillisMax)
    return brokers.length > 0
  } catch {
    return false // it closed the connection, or was silent: not ready
  } finally {
    client.end()
  }
}
