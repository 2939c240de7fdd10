// Checks written in Java (test/java/*Checks.java), where an unmodified Java client is what is
// tested: one JVM for a class, told on stdin which check to run next.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { compileJava, javaFlags, jars, type JarSetName } from './java.ts'
import { projectRoot } from './program.ts'

export interface JavaChecks {
  /** Runs one check; rejects with its stack trace when it fails. */
  run(check: string): Promise<void>
  /** Ends the JVM. */
  close(): Promise<void>
}

export interface JavaSuite {
  /** Its class, in test/java. */
  readonly name: string
  readonly jars: JarSetName
}

/** The checks of a suite's class: its public static methods that take a Broker. */
export function javaChecksIn(name: string): string[] {
  const source = readFileSync(join(projectRoot, `test/java/${name}.java`), 'utf8')
  return [...source.matchAll(/public static void (\w+)\(Broker /g)].map(([, check = '']) => check)
}

/** `replacesAnOlderEpoch` as a sentence. */
export function sentenceOf(check: string): string {
  return check.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** Starts a suite's JVM. A text: why there is none. */
export async function startJavaChecks(
  { name, jars: set }: JavaSuite,
  bootstrap: string,
): Promise<JavaChecks | string> {
  const found = await jars(set)
  if ('missing' in found) return found.missing
  const sources = ['Broker', name].map((part) => join(projectRoot, `test/java/${part}.java`))
  const classes = await compileJava(sources, found.classPath)
  const classPath = `${classes}:${found.classPath}`
  const args = [...javaFlags, '-cp', classPath, 'Broker', bootstrap, name]
  const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  return javaChecks(child)
}

function javaChecks(child: ChildProcessByStdio<Writable, Readable, Readable>): JavaChecks {
  let stderr = ''
  let answer: ((line: string) => void) | undefined
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(`the JVM ended with code ${code}`))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  createInterface({ input: child.stdout }).on('line', (line) => answer?.(line))
  return {
    run: async (check) => {
      const answered = new Promise<string>((resolve) => (answer = resolve))
      child.stdin.write(`${check}\n`)
      const line = await Promise.race([answered, ended])
      if (line !== `ok ${check}`) throw new Error(`${line.replaceAll('\\n', '\n')}\n${stderr}`)
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
