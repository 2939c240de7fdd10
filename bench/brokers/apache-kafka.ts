// Apache Kafka to compare with: one node in KRaft mode, the settings of its own server.properties and the
// JVM flags of its own start script. Its jars come through Maven into a cache outside this tree.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, launch, scratchDirectory } from './broker.ts'
import type { BrokerKind, StartOptions } from './broker.ts'

const run = promisify(execFile)
const version = '4.3.1'
const log4jVersion = '2.25.4'
const mavenMillisMax = 10 * 60_000

/** What makes acks=all wait for the disk: a flush after every append. */
const durable = ['log.flush.interval.messages=1']

/** As kafka-server-start.sh and kafka-run-class.sh set them. */
const jvmFlags = [
  '-Xmx1G',
  '-Xms1G',
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

/** Fetches the jars unless they are there, and returns what starts the broker. */
export async function installApacheKafka(): Promise<BrokerKind> {
  const cacheRoot = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const directory = join(cacheRoot, 'ottla-bench', `apache-kafka-${version}`)
  const libraries = join(directory, 'libs')
  const complete = join(directory, 'complete')
  if (!existsSync(complete)) {
    mkdirSync(libraries, { recursive: true })
    const pom = join(directory, 'pom.xml')
    writeFileSync(pom, projectFile())
    const goal = 'dependency:copy-dependencies'
    const args = ['-B', '-q', '-f', pom, goal, '-DincludeScope=runtime']
    await run('mvn', [...args, `-DoutputDirectory=${libraries}`], { timeout: mavenMillisMax })
    writeFileSync(complete, `${version}\n`)
  }
  return {
    name: `Apache Kafka ${version}`,
    start: (options) => start(join(libraries, '*'), options),
  }
}

function projectFile(): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', version],
    ['org.apache.kafka', 'kafka-tools', version],
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

async function start(
  classPath: string,
  options: StartOptions = {},
): ReturnType<BrokerKind['start']> {
  const [port, controllerPort, directory] = [await freePort(), await freePort(), scratchDirectory()]
  const properties = join(directory, 'server.properties')
  const lines = [
    ...settings(port, controllerPort, directory),
    ...(options.durable === true ? durable : []),
    ...(options.settings ?? []),
  ]
  writeFileSync(properties, `${lines.join('\n')}\n`)
  const logging = join(directory, 'log4j2.properties')
  writeFileSync(logging, 'status=error\nrootLogger.level=warn\n')
  const java = [`-Dlog4j2.configurationFile=${logging}`, '-cp', classPath]
  const storageTool = [...java, 'kafka.tools.StorageTool']
  const clusterId = (await run('java', [...storageTool, 'random-uuid'])).stdout.trim()
  const format = ['format', '--standalone', '-t', clusterId, '-c', properties]
  await run('java', [...storageTool, ...format])
  const args = [...jvmFlags, ...java, 'kafka.Kafka', properties]
  return launch({ command: 'java', args, port, directory })
}

function settings(port: number, controllerPort: number, directory: string): string[] {
  const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
    `listeners=${listeners}`,
    `advertised.listeners=${listeners}`,
    'inter.broker.listener.name=PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'num.network.threads=3',
    'num.io.threads=8',
    'socket.send.buffer.bytes=102400',
    'socket.receive.buffer.bytes=102400',
    `log.dirs=${directory}/data`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
  ]
}
