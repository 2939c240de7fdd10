// Java for tests: Apache Kafka's own jars, fetched by Maven once and cached outside the tree, and
// classes of theirs run to their end. Where java or mvn is missing, `apacheKafkaJars` says so.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { runToExit, type ProgramRun } from './program.ts'

const run = promisify(execFile)
const javaMajorMin = 17
const mavenSecondsMax = 300

/** The Apache Kafka that data directories are exchanged with. */
export const apacheKafkaVersion = '4.3.1'

/** Fast to start and small, for processes that live for seconds. */
export const javaFlags: readonly string[] = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-Xmx512M',
  '-Djava.awt.headless=true',
]

/** A class path with all of Apache Kafka's jars, or why there is none. */
export type JavaClassPath = { readonly classPath: string } | { readonly missing: string }

let found: Promise<JavaClassPath> | undefined

/** Looked up once a process; the first look-up of a machine downloads 92 jars. */
export function apacheKafkaJars(): Promise<JavaClassPath> {
  found ??= findJars()
  return found
}

async function findJars(): Promise<JavaClassPath> {
  const version = await outputOf('java', ['-version'])
  const major = Number(/version "(\d+)/.exec(version ?? '')?.[1] ?? 0)
  if (major < javaMajorMin) return { missing: `java ${javaMajorMin} or later is not here` }
  const directory = join(cacheDirectory(), `apache-kafka-${apacheKafkaVersion}`)
  const classPath = join(directory, '*')
  if (existsSync(directory)) return { classPath }
  if ((await outputOf('mvn', ['-v'])) === null) return { missing: 'mvn is not here' }
  await mkdir(dirname(directory), { recursive: true })
  const building = await mkdtemp(`${directory}.building-`)
  try {
    await copyJars(building)
    await rename(building, directory)
  } catch (error) {
    await rm(building, { recursive: true, force: true })
    if (!existsSync(directory)) throw error // else: another run was faster
  }
  return { classPath }
}

async function copyJars(into: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ottla-mvn-'))
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
    `<version>${version}</version></dependency>`
  const project = [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>ottla</groupId><artifactId>test-jars</artifactId><version>1</version>',
    '<packaging>pom</packaging><dependencies>',
    dependency('org.apache.kafka', 'kafka_2.13', apacheKafkaVersion),
    dependency('org.apache.kafka', 'kafka-tools', apacheKafkaVersion),
    dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.4'),
    dependency('org.apache.logging.log4j', 'log4j-core', '2.25.4'),
    '</dependencies></project>',
  ]
  try {
    await writeFile(join(work, 'pom.xml'), project.join('\n'))
    const goal = 'dependency:copy-dependencies'
    const options = ['-B', '-q', '-f', join(work, 'pom.xml'), goal, '-DincludeScope=runtime']
    const timeout = mavenSecondsMax * 1000
    await run('mvn', [...options, `-DoutputDirectory=${into}`], { timeout })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function cacheDirectory(): string {
  const configured = process.env['XDG_CACHE_HOME']
  const cache =
    configured === undefined || configured === '' ? join(homedir(), '.cache') : configured
  return join(cache, 'ottla')
}

/** stdout and stderr of a program that succeeds; null when it is missing or fails. */
async function outputOf(file: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(file, [...args])
    return stdout + stderr
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

/** Runs a class of Apache Kafka's to its end; any exit code is a result. */
export function runJava(
  classPath: string,
  mainClass: string,
  args: readonly string[],
): Promise<ProgramRun> {
  return runToExit('java', [...javaFlags, '-cp', classPath, mainClass, ...args], {})
}
