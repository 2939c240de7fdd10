// A data directory goes from Apache Kafka to a broker of ours and back, stopped cleanly and killed:
// whoever serves it, clients see the same. Afterwards Kafka's own dump tool reads every file.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  formatStorage,
  startApacheKafka,
  type ApacheKafka,
  type ApacheKafkaOptions,
} from '../support/apache-kafka.ts'
import { newDataDirectory, startTestBroker, type TestBroker } from '../support/broker.ts'
import { apacheKafkaJars } from '../support/java.ts'
import { WireClient } from '../support/wire-client.ts'
import { readContents, readSecurity } from './contents.ts'
import { dumpComplaints } from './dump.ts'
import { applyLoad, applySecurity } from './load.ts'
import { applyModernGroups, readModernGroups } from './modern-groups.ts'

const jars = await apacheKafkaJars()
const classPath = 'classPath' in jars ? jars.classPath : ''
if ('missing' in jars) {
  process.stdout.write(`Interchange with Apache Kafka was not tested: ${jars.missing}\n`)
}

const clusterId = 'MkU3OEVBNTcwNTJENDM2Qk'
/** Snapshots after every few changes, in segments of a few kilobytes. */
const smallMetadata = {
  'metadata.log.max.record.bytes.between.snapshots': 4000,
  'internal.metadata.log.segment.bytes': 8000,
}
/** Who comes first has its tasks at once. */
const noDelay = { 'group.streams.initial.rebalance.delay.ms': 0 }
const kafkaSettings = {
  ...smallMetadata,
  ...noDelay,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
  'log.flush.start.offset.checkpoint.interval.ms': 100,
  'log.cleaner.backoff.ms': 100,
  'log.initial.task.delay.ms': 100,
}
const ourSettings = {
  ...smallMetadata,
  ...noDelay,
  'node.id': 1,
  'metadata.max.retention.bytes': 10_000,
}
const settleMs = 1000

const root = newDataDirectory()

function directories(name: string, count: number): string[] {
  const made = Array.from({ length: count }, (_, at) => join(root, name, `${at}`))
  for (const directory of made) mkdirSync(directory, { recursive: true })
  return made
}

function startOurs(dataDirs: readonly string[]): Promise<TestBroker> {
  const overrides = { ...ourSettings, 'log.dirs': dataDirs.join(',') }
  return startTestBroker({ overrides, dataDir: dataDirs[0] ?? '' })
}

async function withOurs<T>(
  dataDirs: readonly string[],
  end: 'stop' | 'kill',
  work: (bootstrap: string) => Promise<T>,
): Promise<T> {
  const broker = await startOurs(dataDirs)
  const result = await work(broker.bootstrap)
  await broker[end]()
  return result
}

async function withKafka<T>(
  options: ApacheKafkaOptions,
  end: 'stop' | 'kill',
  work: (bootstrap: string) => Promise<T>,
): Promise<T> {
  const broker: ApacheKafka = await startApacheKafka(options)
  const result = await work(broker.bootstrap)
  await broker[end]()
  return result
}

/** What Kafka's cleaner does a minute after a snapshot: the log below it goes. */
function dropFirstMetadataSegment(directory: string): void {
  const metadata = join(directory, '__cluster_metadata-0')
  const isFirst = (name: string): boolean => /^0{20}\.(log|index|timeindex)$/.test(name)
  const first = readdirSync(metadata).filter(isFirst)
  expect(first).toHaveLength(3)
  for (const name of first) rmSync(join(metadata, name))
}

function metadataFiles(directory: string, suffix: string): string[] {
  const names = readdirSync(join(directory, '__cluster_metadata-0'))
  return names.filter((name) => name.endsWith(suffix)).sort()
}

async function featureLevels(bootstrap: string): Promise<Record<string, number>> {
  const wire = await WireClient.open(bootstrap)
  const client = { clientSoftwareName: 'ottla-test', clientSoftwareVersion: '1' }
  const { finalizedFeatures } = await wire.call('ApiVersions', 3, client)
  wire.end()
  const levels = finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])
  return Object.fromEntries(levels) as Record<string, number>
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, settleMs))

/** Plain and modern groups, and what is seen of all. */
async function applyAll(bootstrap: string, round: string): Promise<void> {
  await applyLoad({ bootstrap, round })
  await applyModernGroups(bootstrap, round, `transactional-${round}`)
}

async function readAll(bootstrap: string) {
  const contents = await readContents(bootstrap)
  return { contents, modern: await readModernGroups(bootstrap) }
}

describe.runIf(classPath !== '')('a data directory', () => {
  const dataDirs = directories('kafka-first', 2)
  const kafka: ApacheKafkaOptions = { classPath, dataDirs, settings: kafkaSettings }
  /** Directories whose journey is over. */
  const left: string[] = []

  beforeAll(async () => {
    await formatStorage(kafka, clusterId)
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test('of Apache Kafka is served by us, goes back, and comes again', async () => {
    const first = await withKafka(kafka, 'stop', async (bootstrap) => {
      await applyAll(bootstrap, 'kafka')
      await applySecurity(bootstrap)
      await settle()
      return { all: await readAll(bootstrap), security: await readSecurity(bootstrap) }
    })
    dropFirstMetadataSegment(dataDirs[0] ?? '')

    const second = await withOurs(dataDirs, 'stop', async (bootstrap) => {
      expect(await readAll(bootstrap)).toEqual(first.all)
      await applyAll(bootstrap, 'ours')
      return readAll(bootstrap)
    })
    expect(metadataFiles(dataDirs[0] ?? '', '.checkpoint').length).toBeGreaterThan(0)

    const third = await withKafka(kafka, 'kill', async (bootstrap) => {
      expect(await readAll(bootstrap)).toEqual(second)
      expect(await readSecurity(bootstrap)).toEqual(first.security)
      await applyAll(bootstrap, 'again')
      return readAll(bootstrap)
    })

    const fourth = await withOurs(dataDirs, 'kill', async (bootstrap) => {
      expect(await readAll(bootstrap)).toEqual(third)
      await applyAll(bootstrap, 'last')
      return readAll(bootstrap)
    })

    await withKafka(kafka, 'stop', async (bootstrap) => {
      expect(await readAll(bootstrap)).toEqual(fourth)
      expect(await readSecurity(bootstrap)).toEqual(first.security)
    })
    left.push(...dataDirs)
  })

  test('of ours is served by Apache Kafka, after a kill too', async () => {
    const [directory = ''] = directories('ours-first', 1)
    const own = { classPath, dataDirs: [directory] }
    const ours = await withOurs(own.dataDirs, 'kill', async (bootstrap) => {
      await applyAll(bootstrap, 'one')
      await applyAll(bootstrap, 'two')
      return readAll(bootstrap)
    })
    expect(metadataFiles(directory, '.checkpoint').length).toBeGreaterThan(0)
    expect(metadataFiles(directory, '.log')[0]).not.toBe('00000000000000000000.log')
    await withKafka(own, 'stop', async (bootstrap) => {
      expect(await readAll(bootstrap)).toEqual(ours)
    })
    left.push(directory)
  })

  test('that kafka-storage has only formatted begins as it was told to', async () => {
    const formatted = { classPath, dataDirs: directories('formatted', 1), settings: kafkaSettings }
    const scram = 'SCRAM-SHA-512=[name=carol,password=secret]'
    const levels = ['--release-version', '4.1', '--add-scram', scram]
    await formatStorage(formatted, clusterId, levels)
    const ours = await withOurs(formatted.dataDirs, 'stop', async (bootstrap) => {
      await applyLoad({ bootstrap, round: 'one' })
      return { contents: await readContents(bootstrap), levels: await featureLevels(bootstrap) }
    })
    expect(ours.levels['metadata.version']).toBe(27)
    await withKafka(formatted, 'stop', async (bootstrap) => {
      expect(await readContents(bootstrap)).toEqual(ours.contents)
      expect(await featureLevels(bootstrap)).toEqual(ours.levels)
      expect(JSON.stringify(await readSecurity(bootstrap))).toContain('carol')
    })
  })

  test('has no file that Kafka’s dump tool complains of', async () => {
    expect(left).toHaveLength(3)
    expect(await dumpComplaints(classPath, left)).toEqual([])
  })
})
