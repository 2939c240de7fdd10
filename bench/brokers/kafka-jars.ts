// Apache Kafka's own jars, for its broker and its tools: they come through Maven into a cache outside this tree.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const kafkaVersion = '4.3.1'
const log4jVersion = '2.25.4'
const mavenMillisMax = 10 * 60_000

/** As kafka-run-class.sh sets them; the heap is the caller's. */
export const jvmFlags = [
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
]

/** Whether Java and Maven are here. */
export async function hasJavaAndMaven(): Promise<boolean> {
  const tries = [run('java', ['-version']), run('mvn', ['-version'])]
  const results = await Promise.allSettled(tries)
  return results.every(({ status }) => status === 'fulfilled')
}

/**
 * The class path of the jars, which are fetched unless they are there.
 * @throws Error without Java and Maven, or when Maven fails
 */
export async function kafkaClassPath(): Promise<string> {
  if (!(await hasJavaAndMaven())) throw new Error('Java 17 and Maven are needed')
  const cacheRoot = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const directory = join(cacheRoot, 'ottla-bench', `apache-kafka-${kafkaVersion}`)
  const libraries = join(directory, 'libs')
  const complete = join(directory, 'complete')
  if (!existsSync(complete)) {
    mkdirSync(libraries, { recursive: true })
    const pom = join(directory, 'pom.xml')
    writeFileSync(pom, projectFile())
    const goal = 'dependency:copy-dependencies'
    const args = ['-B', '-q', '-f', pom, goal, '-DincludeScope=runtime']
    await run('mvn', [...args, `-DoutputDirectory=${libraries}`], { timeout: mavenMillisMax })
    writeFileSync(complete, `${kafkaVersion}\n`)
  }
  return join(libraries, '*')
}

function projectFile(): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
    ['org.apache.kafka', 'kafka-tools', kafkaVersion],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion],
    ['org.apache.logging.log4j', 'log4j-core', log4jVersion],
  ].map(
    ([group, artifact, wanted]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
      `<version>${wanted}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ottla</groupId><artifactId>bench</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`
}
