// Apache Kafka's own command-line tools, in one JVM that runs them one after the other
// (test/java/Tools.java): a JVM for each would take seconds.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { apacheKafkaJars, compileJava, javaFlags } from './java.ts'
import { projectRoot } from './program.ts'
import type { ToolName } from '../../src/cli/tools/index.ts'
import type { ToolRun } from './tool-host.ts'

const tools = 'org.apache.kafka.tools'

/** The class behind each of Kafka's scripts. */
const mainClasses = {
  'kafka-acls': `${tools}.AclCommand`,
  'kafka-broker-api-versions': `${tools}.BrokerApiVersionsCommand`,
  'kafka-client-metrics': `${tools}.ClientMetricsCommand`,
  'kafka-cluster': `${tools}.ClusterTool`,
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': `${tools}.consumer.ConsoleConsumer`,
  'kafka-console-producer': `${tools}.ConsoleProducer`,
  'kafka-consumer-groups': `${tools}.consumer.group.ConsumerGroupCommand`,
  'kafka-delegation-tokens': `${tools}.DelegationTokenCommand`,
  'kafka-delete-records': `${tools}.DeleteRecordsCommand`,
  'kafka-dump-log': `${tools}.DumpLogSegments`,
  'kafka-features': `${tools}.FeatureCommand`,
  'kafka-get-offsets': `${tools}.GetOffsetShell`,
  'kafka-groups': `${tools}.GroupsCommand`,
  'kafka-leader-election': `${tools}.LeaderElectionCommand`,
  'kafka-log-dirs': `${tools}.LogDirsCommand`,
  'kafka-metadata-quorum': `${tools}.MetadataQuorumCommand`,
  'kafka-producer-perf-test': `${tools}.ProducerPerformance`,
  'kafka-share-consumer-perf-test': `${tools}.ShareConsumerPerformance`,
  'kafka-share-groups': `${tools}.consumer.group.ShareGroupCommand`,
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-streams-application-reset': `${tools}.StreamsResetter`,
  'kafka-streams-groups': `${tools}.streams.StreamsGroupCommand`,
  'kafka-topics': `${tools}.TopicCommand`,
  'kafka-transactions': `${tools}.TransactionsCommand`,
} as const satisfies Partial<Record<ToolName, string>>

/** A tool that can be compared. */
export type KafkaToolName = keyof typeof mainClasses

export function isKafkaToolName(name: string): name is KafkaToolName {
  return Object.hasOwn(mainClasses, name)
}

export interface KafkaTools {
  /** Runs a tool to its end. */
  run(tool: KafkaToolName, args: readonly string[], input: string): Promise<ToolRun>
  /** Ends the JVM. */
  close(): Promise<void>
}

/** Warnings and errors as in Kafka's own tools-log4j2.yaml, without time and class. */
const logging = [
  'status = error',
  'appender.e.type = Console',
  'appender.e.name = E',
  'appender.e.target = SYSTEM_ERR',
  'appender.e.follow = true',
  'appender.e.layout.type = PatternLayout',
  'appender.e.layout.pattern = %p %m%n',
  'rootLogger.level = warn',
  'rootLogger.appenderRef.e.ref = E',
].join('\n')

/** Starts the JVM. A text: why there is none. */
export async function startKafkaTools(): Promise<KafkaTools | string> {
  const found = await apacheKafkaJars()
  if ('missing' in found) return found.missing
  const { classPath } = found
  const classes = await compileJava([join(projectRoot, 'test/java/Tools.java')], classPath)
  const work = mkdtempSync(join(tmpdir(), 'ottla-tools-'))
  const log4j = join(work, 'log4j2.properties')
  writeFileSync(log4j, logging)
  const flags = [...javaFlags, `-Dlog4j2.configurationFile=${log4j}`, '-Duser.timezone=UTC']
  const args = [...flags, '-cp', `${classes}:${classPath}`, 'Tools']
  const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.once('close', () => rmSync(work, { recursive: true, force: true }))
  return kafkaTools(child)
}

function kafkaTools(child: ChildProcessByStdio<Writable, Readable, null>): KafkaTools {
  let answer: ((line: string) => void) | undefined
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`the JVM ended with code ${code}`)))
  })
  ended.catch(() => undefined) // told to whoever waits for an answer
  createInterface({ input: child.stdout }).on('line', (line) => answer?.(line))
  return {
    run: async (tool, args, input) => {
      const answered = new Promise<string>((resolve) => (answer = resolve))
      child.stdin.write(`${[mainClasses[tool], input, ...args].map(toBase64).join(' ')}\n`)
      const [code, out = '', err = ''] = (await Promise.race([answered, ended])).split(' ')
      return { code: Number(code), out: fromBase64(out), err: fromBase64(err) }
    },
    close: async () => {
      child.stdin.end()
      await ended.catch(() => undefined)
    },
  }
}

const toBase64 = (text: string): string => Buffer.from(text).toString('base64')
const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString()
