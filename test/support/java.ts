// Java for tests: jars of Apache Kafka's, fetched by Maven once and cached outside the tree; classes
// of theirs, and small ones of ours. Where java or mvn is missing, `jars` says so.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
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

/** A class path with the jars that were asked for, or why there is none. */
export type JavaClassPath = { readonly classPath: string } | { readonly missing: string }

/** Sets of jars by name, as Maven names what is in them; each comes with all that it needs. */
const jarSets = {
  'apache-kafka': [
    `org.apache.kafka:kafka_2.13:${apacheKafkaVersion}`,
    `org.apache.kafka:kafka-tools:${apacheKafkaVersion}`,
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4',
    'org.apache.logging.log4j:log4j-core:2.25.4',
  ],
  clients: [
    `org.apache.kafka:kafka-clients:${apacheKafkaVersion}`,
    `org.apache.kafka:kafka-streams:${apacheKafkaVersion}`,
  ],
  // Knows neither transaction version 2 nor OffsetCommit by topic id.
  'older-clients': ['org.apache.kafka:kafka-clients:3.7.2'],
} as const satisfies Record<string, readonly string[]>

export type JarSetName = keyof typeof jarSets

const found = new Map<JarSetName, Promise<JavaClassPath>>()

/** All of Apache Kafka; the first look-up of a machine downloads 92 jars. */
export function apacheKafkaJars(): Promise<JavaClassPath> {
  return jars('apache-kafka')
}

/** Looked up once a process, downloaded once a machine. */
export function jars(name: JarSetName): Promise<JavaClassPath> {
  const known = found.get(name) ?? findJars(name)
  found.set(name, known)
  return known
}

async function findJars(name: JarSetName): Promise<JavaClassPath> {
  const version = await outputOf('java', ['-version'])
  const major = Number(/version "(\d+)/.exec(version ?? '')?.[1] ?? 0)
  if (major < javaMajorMin) return { missing: `java ${javaMajorMin} or later is not here` }
  const hash = createHash('sha256').update(jarSets[name].join('\0')).digest('hex')
  const directory = join(cacheDirectory(), `jars-${name}-${hash.slice(0, 16)}`)
  const classPath = join(directory, '*')
  if (existsSync(directory)) return { classPath }
  if ((await outputOf('mvn', ['-v'])) === null) return { missing: 'mvn is not here' }
  await makeOnce(directory, (building) => copyJars(jarSets[name], building))
  return { classPath }
}

/**
 * Makes a directory of the cache. Two runs at once do not collide: each fills one of its own, and
 * the first to finish renames it into place.
 */
async function makeOnce(
  directory: string,
  fill: (building: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(directory), { recursive: true })
  const building = await mkdtemp(`${directory}.building-`)
  try {
    await fill(building)
    await rename(building, directory)
  } catch (error) {
    await rm(building, { recursive: true, force: true })
    if (!existsSync(directory)) throw error // else: another run was faster
  }
}

async function copyJars(artifacts: readonly string[], into: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ottla-mvn-'))
  const project = [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>ottla</groupId><artifactId>test-jars</artifactId><version>1</version>',
    '<packaging>pom</packaging><dependencies>',
    ...artifacts.map(dependency),
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

function dependency(artifact: string): string {
  const [group, name, version] = artifact.split(':')
  return (
    `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId>` +
    `<version>${version}</version></dependency>`
  )
}

/**
 * Compiles Java sources against a class path, once for each content.
 * @returns the directory of the classes.
 */
export async function compileJava(sources: readonly string[], classPath: string): Promise<string> {
  const hash = createHash('sha256').update(classPath)
  for (const source of sources) hash.update(await readFile(source))
  const directory = join(cacheDirectory(), `classes-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(directory)) return directory
  await makeOnce(directory, async (building) => {
    const options = ['-nowarn', '-proc:none', '-d', building, '-cp', classPath]
    await run('javac', [...options, ...sources])
  })
  return directory
}

/** Where what tests need is kept from run to run. */
export function cacheDirectory(): string {
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
