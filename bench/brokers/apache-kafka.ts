// Apache Kafka to compare with: one node in KRaft mode, the settings of its own server.properties and the
// JVM flags of its own start script.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, launch, scratchDirectory } from './broker.ts'
import type { BrokerKind, StartOptions } from './broker.ts'
import { jvmFlags, kafkaClassPath, kafkaVersion } from './kafka-jars.ts'

const run = promisify(execFile)
/** What makes acks=all wait for the disk: a flush after every append. */
const durable = ['log.flush.interval.messages=1']

/** As kafka-server-start.sh sets it. */
const heap = ['-Xmx1G', '-Xms1G']

/** @throws Error when the jars cannot be had */
export async function installApacheKafka(): Promise<BrokerKind> {
  const classPath = await kafkaClassPath()
  return {
    name: `Apache Kafka ${kafkaVersion}`,
    start: (options) => start(classPath, options),
  }
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
  const args = [...heap, ...jvmFlags, ...java, 'kafka.Kafka', properties]
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
