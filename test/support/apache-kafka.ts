// A real Apache Kafka (KRaft, one node, broker and controller in one) as a process of its own, on a
// data directory that it shares, one after the other, with a broker of ours.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { javaFlags, runJava } from './java.ts'
import { WireClient } from './wire-client.ts'

const readySecondsMax = 60
const pollMs = 100

export interface ApacheKafkaOptions {
  readonly classPath: string
  /** log.dirs. */
  readonly dataDirs: readonly string[]
  /** Further lines of server.properties. */
  readonly settings?: Readonly<Record<string, string | number>>
}

export interface ApacheKafka {
  /** `host:port`. */
  readonly bootstrap: string
  /** SIGTERM, and waits. */
  stop(): Promise<void>
  /** SIGKILL, and waits. */
  kill(): Promise<void>
  /** What it has logged so far. */
  log(): string
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** kafka-storage format; further arguments such as `--add-scram` as the tool takes them. */
export async function formatStorage(
  options: ApacheKafkaOptions,
  clusterId: string,
  more: readonly string[] = [],
): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'ottla-kafka-'))
  try {
    const properties = writeProperties(work, options, { client: 9092, controller: 9093 })
    const args = ['format', '--standalone', '-t', clusterId, '-c', properties, ...more]
    const run = await runJava(options.classPath, 'kafka.tools.StorageTool', args)
    if (run.code !== 0) throw new Error(`format failed:\n${run.lines.join('\n')}\n${run.stderr}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Starts a broker on formatted directories and waits until clients are served. */
export async function startApacheKafka(options: ApacheKafkaOptions): Promise<ApacheKafka> {
  const work = mkdtempSync(join(tmpdir(), 'ottla-kafka-'))
  const ports = { client: await freePort(), controller: await freePort() }
  const properties = writeProperties(work, options, ports)
  const logFile = join(work, 'server.log')
  const logging = join(work, 'log4j2.properties')
  writeFileSync(logging, loggingTo(logFile))
  const args = [...javaFlags, `-Dlog4j2.configurationFile=${logging}`, '-cp', options.classPath]
  const child = spawn('java', [...args, 'kafka.Kafka', properties], { stdio: 'ignore' })
  running.add(child)
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const log = (): string => readFileSync(logFile, 'utf8')
  let hasExited = false
  void exited.then(() => {
    hasExited = true
    running.delete(child)
  })
  const bootstrap = `127.0.0.1:${ports.client}`
  const deadline = Date.now() + readySecondsMax * 1000
  while (!(await isServing(bootstrap))) {
    if (hasExited || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`Apache Kafka does not start:\n${problemsIn(log())}`)
    }
    await sleep(pollMs)
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await exited
  }
  return { bootstrap, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), log }
}

/** Warnings and errors with their stack traces, from the first on. */
export function problemsIn(log: string): string {
  const lines = log.split('\n')
  const first = lines.findIndex((line) => / (ERROR|FATAL) /.test(line))
  return lines.slice(first < 0 ? -40 : first, first < 0 ? undefined : first + 60).join('\n')
}

function loggingTo(file: string): string {
  return [
    'status = error',
    'appender.f.type = File',
    'appender.f.name = F',
    `appender.f.fileName = ${file}`,
    'appender.f.layout.type = PatternLayout',
    'appender.f.layout.pattern = [%d] %p %m (%c)%n',
    'rootLogger.level = info',
    'rootLogger.appenderRef.f.ref = F',
  ].join('\n')
}

function writeProperties(
  work: string,
  options: ApacheKafkaOptions,
  ports: { readonly client: number; readonly controller: number },
): string {
  const listeners = `PLAINTEXT://127.0.0.1:${ports.client},CONTROLLER://127.0.0.1:${ports.controller}`
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    listeners,
    'advertised.listeners': listeners,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': options.dataDirs.join(','),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    ...options.settings,
  }
  const file = join(work, 'server.properties')
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  writeFileSync(file, lines.join('\n'))
  return file
}

/** True once the broker is registered, unfenced, and leads all of its partitions. */
async function isServing(bootstrap: string): Promise<boolean> {
  let client: WireClient
  try {
    client = await WireClient.open(bootstrap)
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
  try {
    const cluster = { includeClusterAuthorizedOperations: false }
    const { brokers } = await client.call('DescribeCluster', 0, cluster)
    if (brokers.length === 0) return false
    const { topics } = await client.call('Metadata', 12, { topics: null })
    const asked = topics.map(({ name, partitions }) => ({
      name: name ?? '',
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, timestamp: -1 })),
    }))
    const isolationLevel = 0
    const answer = await client.call('ListOffsets', 7, {
      replicaId: -1,
      isolationLevel,
      topics: asked,
    })
    const led = answer.topics.flatMap(({ partitions }) => partitions)
    return led.every(({ errorCode }) => errorCode === 0)
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  } finally {
    client.end()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
