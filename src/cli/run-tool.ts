// Runs one of Kafka's tools in this process: loads only that tool, gives it the real terminal, disk and clock, and
// turns its end into an exit code.
import { messageOf, ToolExit } from './tools/tool.ts'
import type { ToolHost } from './tools/tool.ts'
import { PassingLine } from './passing-line.ts'
import { loadTool, type ToolName } from './tools/index.ts'
import { SystemClock } from '../io/clock.ts'
import { SystemRandom } from '../io/random.ts'
import { SystemDisk } from '../io/system-disk.ts'

/** Runs the tool and ends the process with its exit code. */
export async function runTool(
  name: ToolName,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  await runInProcess((host) => exitCodeOf(name, args, host))
}

/** Runs `run` with this process as its host, and ends the process with the exit code. */
export async function runInProcess(run: (host: ToolHost) => Promise<number>): Promise<void> {
  // A reader that goes away (`kafka-topics --list | head -1`) ends the tool, without a stack trace.
  process.stdout.on('error', () => process.exit(1))
  const line = new PassingLine(new SystemClock(), writeError, process.stderr.isTTY)
  const exitCode = await run(processHost(line))
  line.clear()
  process.exitCode = exitCode
  if (process.stdout.writableLength > 0) {
    await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  // An open standard input would keep the process alive.
  process.exit(exitCode)
}

/** Runs the tool against any host; for tests and for `ottla <noun>`. */
export async function exitCodeOf(
  name: ToolName,
  args: readonly string[],
  host: ToolHost,
): Promise<number> {
  try {
    const tool = await loadTool(name)
    return await tool.run(args, host)
  } catch (error) {
    if (error instanceof ToolExit) return error.exitCode
    host.err(`${messageOf(error)}\n`)
    return 1
  }
}

/** All who wait for the reader, wait together. */
let drained: Promise<void> | null = null

function writeOut(text: string | Buffer): Promise<void> {
  if (process.stdout.write(text)) return Promise.resolve()
  drained ??= new Promise((resolve) => {
    process.stdout.once('drain', () => {
      drained = null
      resolve()
    })
  })
  return drained
}

function writeError(text: string): void {
  process.stderr.write(text)
}

function processHost(line: PassingLine): ToolHost {
  return {
    clock: new SystemClock(),
    disk: new SystemDisk(),
    random: new SystemRandom(),
    out: writeOut,
    err: (text) => {
      line.clear()
      writeError(text)
    },
    input: process.stdin,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
    isOutputSeen: process.stdout.isTTY,
    showProgress: (text) => line.show(text),
    onInterrupt: (run) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => run(signal))
    },
    exit: (code) => process.exit(code),
  }
}
