import { beforeEach, expect, test } from 'vitest'
import { decodeSnapshot } from '../../../../src/catalog/snapshot.ts'
import { decodeMetadataRecord } from '../../../../src/catalog/record-frame.ts'
import { exitCodeOf } from '../../../../src/cli/run-tool.ts'
import { SimDisk } from '../../../../src/testing/sim-disk.ts'
import { memoryHost } from '../../../support/tool-host.ts'

let disk: SimDisk

async function storage(...args: readonly string[]) {
  const { host, printed } = memoryHost()
  const code = await exitCodeOf('kafka-storage', args, { ...host, disk })
  return { code, ...printed() }
}

const clusterId = 'MkU3OEVBNTcwNTJENDM2Qk'
const format = ['format', '-c', '/s.properties', '-t', clusterId] as const

beforeEach(() => {
  disk = new SimDisk()
  const text = 'node.id=4\nlog.dirs=/one,/two\nlisteners=PLAINTEXT://localhost:9092\n'
  disk.replaceFile('/s.properties', Buffer.from(text), { durable: true })
})

async function bootstrapRecords() {
  const content = await decodeSnapshot(disk.readFile('/one/bootstrap.checkpoint'))
  return [...(content?.values ?? [])].map(decodeMetadataRecord)
}

test('a random id has 22 characters', async () => {
  expect((await storage('random-uuid')).out).toMatch(/^[A-Za-z0-9][\w-]{21}\n$/)
})

test('directories are formatted once, and described', async () => {
  expect((await storage('info', '-c', '/s.properties')).out).toBe(
    'Found problems:\n  /one does not exist\n  /two does not exist\n\n',
  )
  expect(await storage(...format, '-r', '3.9')).toEqual({
    code: 0,
    out: 'Formatting metadata directory /one with metadata.version 3.9-IV0.\nFormatting data directory /two with metadata.version 3.9-IV0.\n',
    err: '',
  })
  const { code, out } = await storage('info', '--config', '/s.properties')
  expect(code).toBe(0)
  expect(out).toMatch(/^Found log directories:\n {2}\/one\n {2}\/two\n\nFound metadata: /)
  expect(out).toContain(`{cluster.id=${clusterId}, directory.id=`)
  expect(await storage(...format)).toMatchObject({
    code: 1,
    err: 'Log directory /one is already formatted. Use --ignore-formatted to ignore this directory and format the others.\n',
  })
  expect((await storage(...format, '-g')).out).toBe(
    'All of the log directories are already formatted.\n',
  )
  expect((await storage('format', '-c', '/s.properties', '-t', 'another', '-g')).err).toBe(
    `Invalid cluster.id in: /one/meta.properties. Expected another, but read ${clusterId}\n`,
  )
})

test('a directory can be formatted before it is settled how clients log in', async () => {
  const text = 'node.id=4\nlog.dirs=/one\nlisteners=SASL_SSL://localhost:9092\n'
  disk.replaceFile('/s.properties', Buffer.from(text), { durable: true })
  expect(await storage(...format)).toMatchObject({ code: 0, err: '' })
})

test('a new cluster begins with the levels and the users that were asked for', async () => {
  const scram = 'SCRAM-SHA-256=[name=alice,password=se;cret]'
  await storage(...format, '-r', '4.0-IV3', '-f', 'group.version=0', '--add-scram', scram)
  const records = await bootstrapRecords()
  expect(records).toMatchObject([
    { type: 'FeatureLevel', data: { name: 'transaction.version', featureLevel: 2 } },
    { type: 'FeatureLevel', data: { name: 'metadata.version', featureLevel: 25 } },
    { type: 'UserScramCredential', data: { name: 'alice', iterations: 4096 } },
  ])
})

test('--standalone has the log name its voter', async () => {
  await storage(...format, '--standalone')
  const path = '/one/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint'
  const snapshot = await decodeSnapshot(disk.readFile(path))
  expect([...(snapshot?.raftState.keys() ?? [])]).toEqual(['KRAFT_VERSION', 'KRAFT_VOTERS'])
})

test.each([
  [['-f', 'nothing.version=1'], 'Unsupported feature: nothing.version. Supported features are: '],
  [['-f', 'group.version=9'], 'No feature:group.version with feature level 9'],
  [['-S', 'SCRAM-SHA-1=[name=a,password=b]'], '--add-scram: credential 1: write SCRAM-SHA-256='],
  [['-I', '1@a:1:x,2@b:1:y'], '--initial-controllers: this broker is its only controller'],
])('%j is refused, and nothing is formatted', async (flags, reason) => {
  const { code, err } = await storage(...format, ...flags)
  expect(code).toBe(1)
  expect(err.startsWith(reason)).toBe(true)
  expect(disk.exists('/one')).toBe(false)
})

test('releases and features are looked up', async () => {
  expect((await storage('version-mapping', '-r', '4.0')).out).toMatch(
    /^metadata.version=25 \(4.0\)\nkraft.version=1\ntransaction.version=2\ngroup.version=1\n/,
  )
  const feature = 'eligible.leader.replicas.version=1'
  expect((await storage('feature-dependencies', '-f', feature)).out).toBe(
    `${feature} requires:\n    metadata.version=23 (4.0-IV1)\n`,
  )
  expect((await storage('feature-dependencies', '-f', 'foo=1')).err).toBe('Unknown feature: foo\n')
})
