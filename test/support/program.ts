// Runs a program to its end (a demo, a Python client) and keeps what it prints, line by line.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url))

const secondsMax = 90

export interface ProgramRun {
  readonly code: number | null
  /** stdout, without the line ends. */
  readonly lines: readonly string[]
  readonly stderr: string
}

/**
 * Runs `file` with `args` in the project's root. Throws when it does not end within 90 s (then it
 * is killed, with all that it has started) or when its exit code is not 0; the error holds
 * everything that it printed. `onLine` gets each line of stdout as it is printed.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine?: (line: string) => void,
): Promise<ProgramRun> {
  const run = await runToExit(file, args, env, onLine)
  if (run.code !== 0) {
    throw new Error(
      `${args.join(' ')} ended with code ${run.code}:\n${run.lines.join('\n')}\n${run.stderr}`,
    )
  }
  return run
}

/** As runProgram, for programs that are expected to fail: any exit code is a result. */
export async function runToExit(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine?: (line: string) => void,
): Promise<ProgramRun> {
  const child = spawn(file, args, {
    cwd: projectRoot,
    env: { ...process.env, PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, so that all of it can be killed
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine)
  let late = false
  const timer = setTimeout(() => {
    late = true
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, secondsMax * 1000)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => clearTimeout(timer))
  if (late) {
    throw new Error(`${args.join(' ')} did not end within ${secondsMax} s:\n${stdout}\n${stderr}`)
  }
  return { code, lines: stdout.split('\n').filter((line) => line !== ''), stderr }
}
