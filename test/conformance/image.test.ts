// The image's entrypoint, run as the container engine runs it: with the environment of each Kafka image and nothing
// else, against directories of its own; a client writes and reads; SIGTERM ends it cleanly.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, expect, test } from 'vitest'
import { runToExit, projectRoot } from '../support/program.ts'

const started: ChildProcess[] = []
const roots: string[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

interface Image {
  readonly root: string
  readonly env: Record<string, string>
}

/** A file system as the Dockerfile leaves it, as far as the entrypoint sees it. */
function newImage(env: Readonly<Record<string, string>>): Image {
  const root = mkdtempSync(join(tmpdir(), 'ottla-image-'))
  roots.push(root)
  for (const path of ['bin', 'var/lib/kafka/data', 'mnt/shared/config']) {
    mkdirSync(join(root, path), { recursive: true })
  }
  const main = join(projectRoot, 'dist/src/cli/main.js')
  writeFileSync(join(root, 'bin/ottla'), `#!/bin/sh\nexec node "${main}" "$@"\n`, { mode: 0o755 })
  const node = dirname(process.execPath)
  const path = [join(root, 'bin'), node, '/usr/bin', '/bin'].join(delimiter)
  return { root, env: { PATH: path, OTTLA_ROOT: root, ...env } }
}

const entrypoint = join(projectRoot, 'docker/entrypoint.sh')

interface Running {
  readonly output: () => string
  readonly ended: Promise<number | null>
  readonly child: ChildProcess
}

async function start({ root, env }: Image, args: readonly string[] = []): Promise<Running> {
  const child = spawn(entrypoint, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  let text = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`the broker ended with ${code}:\n${text}`)))
    const take = (bytes: Buffer): void => {
      text += bytes.toString('utf8')
      if (/^ottla ready on /m.test(text)) resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
  })
  return { output: () => text, ended, child }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function roundTrip(port: number): Promise<readonly string[]> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'greetings', messages: [{ value: 'hello' }] })
  await producer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets('greetings')
  const { brokers } = await admin.describeCluster()
  await admin.disconnect()
  expect(offsets.reduce((sum, { high }) => sum + Number(high), 0)).toBe(1)
  return brokers.map((broker) => `${broker.host}:${broker.port}`)
}

async function stop({ child, ended }: Running): Promise<number | null> {
  child.kill('SIGTERM')
  return ended
}

test('apache/kafka: the environment of its compose files', async () => {
  const [port, inside] = [await freePort(), await freePort()]
  const image = newImage({
    CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    KAFKA_NODE_ID: '1',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP:
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT_HOST://localhost:${port},PLAINTEXT://broker:${inside}`,
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@broker:29093',
    KAFKA_LISTENERS: `CONTROLLER://:29093,PLAINTEXT_HOST://:${port},PLAINTEXT://:${inside}`,
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_LOG_DIRS: 'logs',
    KAFKA_JVM_PERFORMANCE_OPTS: '-XX:+UseG1GC',
  })
  const running = await start(image)
  expect(await roundTrip(port)).toEqual([`localhost:${port}`])
  expect(running.output()).toContain('KAFKA_JVM_PERFORMANCE_OPTS')
  expect(running.output()).not.toContain('unknown configuration key')
  const health = await runToExit(entrypoint, ['health'], image.env)
  expect(health.code, health.stderr).toBe(0)
  expect(existsSync(join(image.root, 'logs/meta.properties'))).toBe(true)
  expect(await stop(running)).toBe(0)
})

test('confluentinc/cp-kafka 7.6.1 with ZooKeeper: the compose file of the tutorials', async () => {
  const [port, inside] = [await freePort(), await freePort()]
  const image = newImage({
    KAFKA_BROKER_ID: '1',
    KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://kafka:${inside},PLAINTEXT_HOST://localhost:${port}`,
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_HEAP_OPTS: '-Xmx512M -Xms512M',
  })
  const running = await start(image)
  expect(await roundTrip(port)).toEqual([`localhost:${port}`])
  expect(running.output()).toMatch(/"level":30.*zookeeper\.connect.*ignored/)
  expect(running.output()).toMatch(/"level":30.*KAFKA_HEAP_OPTS.*ignored/)
  expect(running.output()).toContain(`0.0.0.0:${inside}`)
  expect(existsSync(join(image.root, 'var/lib/kafka/data/meta.properties'))).toBe(true)
  expect(await stop(running)).toBe(0)
})

test('bitnami: KAFKA_CFG_ variables, and its volume', async () => {
  const port = await freePort()
  const image = newImage({
    KAFKA_CFG_NODE_ID: '0',
    KAFKA_CFG_PROCESS_ROLES: 'controller,broker',
    KAFKA_CFG_CONTROLLER_QUORUM_VOTERS: '0@kafka:9093',
    KAFKA_CFG_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
    KAFKA_CFG_ADVERTISED_LISTENERS: `PLAINTEXT://:${port}`.replace('//:', '//localhost:'),
    KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_CFG_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_KRAFT_CLUSTER_ID: 'abcdefghijklmnopqrstug',
    ALLOW_PLAINTEXT_LISTENER: 'yes',
  })
  mkdirSync(join(image.root, 'bitnami/kafka'), { recursive: true })
  const running = await start(image)
  expect(await roundTrip(port)).toEqual([`localhost:${port}`])
  expect(running.output()).toMatch(/"level":30.*ALLOW_PLAINTEXT_LISTENER.*ignored/)
  expect(existsSync(join(image.root, 'bitnami/kafka/data/meta.properties'))).toBe(true)
  expect(await stop(running)).toBe(0)
})

test('without any variable it listens on every interface; a mounted file and arguments count', async () => {
  const image = newImage({})
  const bare = await runToExit(entrypoint, ['config'], image.env)
  expect(bare.lines.join('\n')).toContain('\nlisteners=PLAINTEXT://:9092')
  const port = await freePort()
  const mounted = join(image.root, 'mnt/shared/config/server.properties')
  writeFileSync(mounted, `listeners=PLAINTEXT://127.0.0.1:${port}\nnum.partitions=7\n`)
  const running = await start(image, ['--override', 'log.retention.hours=5'])
  expect(await roundTrip(port)).toEqual([`127.0.0.1:${port}`])
  expect(await stop(running)).toBe(0)
  const config = await runToExit(entrypoint, ['config', '--override', 'a=b'], image.env)
  expect(config.lines).toContain('num.partitions=7')
  expect(config.lines).toContain(`# ${mounted} line 2`)
})

test('a configuration that is named as an argument is not overridden by what the image adds', async () => {
  const image = newImage({})
  const port = await freePort()
  const own = join(image.root, 'own.properties')
  const data = join(image.root, 'own-data')
  writeFileSync(own, `listeners=PLAINTEXT://127.0.0.1:${port}\nlog.dirs=${data}\n`)
  const running = await start(image, ['start', own, '--log-format', 'text'])
  expect(await roundTrip(port)).toEqual([`127.0.0.1:${port}`])
  expect(existsSync(join(data, 'meta.properties'))).toBe(true)
  expect(await stop(running)).toBe(0)
})

test('arguments of apache/kafka (KEY=value), and commands of the image', async () => {
  const image = newImage({})
  const version = await runToExit(entrypoint, ['--version'], image.env)
  expect(version.lines.join('')).toMatch(/^\d+\.\d+\.\d+/)
  const command = await runToExit(entrypoint, ['ottla', '--version'], image.env)
  expect(command.lines).toEqual(version.lines)
  const port = await freePort()
  const running = await start(image, [`KAFKA_LISTENERS=PLAINTEXT://127.0.0.1:${port}`])
  expect(await roundTrip(port)).toEqual([`127.0.0.1:${port}`])
  expect(await stop(running)).toBe(0)
})

test('the commands of package.json are linked into a directory', async () => {
  const { root } = newImage({})
  const target = join(root, 'commands')
  mkdirSync(target)
  await runToExit(process.execPath, [join(projectRoot, 'docker/link-commands.mjs'), target], {})
  const { code, lines } = await runToExit(join(target, 'ottla'), ['--version'], {})
  expect(code).toBe(0)
  expect(lines.join('')).toMatch(/^\d+\.\d+\.\d+/)
})
