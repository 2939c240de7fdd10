// `ottla <noun> <verb> --json`: every report of a broker that has something to tell in each, held against the fields
// that the reports document.
import kafkajs from 'kafkajs'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reports } from '../../src/cli/reports/table.ts'
import { runReport } from '../../src/cli/reports/run.ts'
import type { ToolName } from '../../src/cli/tools/index.ts'
import { newDataDirectory } from '../support/broker.ts'
import { startSecureBroker, type SecureBroker } from '../support/secure-broker.ts'
import { memoryHost, runTool, type ToolRun } from '../support/tool-host.ts'

let secure: SecureBroker
let asAlice: string
let endTransaction = (): Promise<void> => Promise.resolve()

beforeAll(async () => {
  secure = await startSecureBroker({
    'delegation.token.secret.key': 'the-tokens-secret',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:alice',
    'group.share.min.heartbeat.interval.ms': '50',
    'group.share.heartbeat.interval.ms': '50',
    'group.share.assignment.interval.ms': '0',
  })
  asAlice = join(newDataDirectory(), 'alice.properties')
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule'
  writeFileSync(
    asAlice,
    `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=${module} required username="alice" password="alice-secret";\n`,
  )
  await fill()
})
afterAll(async () => {
  await endTransaction()
  await secure.broker.stop()
})

async function run(tool: ToolName, words: string, input = ''): Promise<void> {
  const server = ['--bootstrap-server', secure.at('PLAINTEXT')]
  const { code, err } = await runTool(tool, [...server, ...words.split(' ')], input)
  expect(code, err).toBe(0)
}

/** Something for every report to tell. */
async function fill(): Promise<void> {
  await run('kafka-topics', '--create --topic orders --partitions 2 --config retention.ms=1000000')
  await run('kafka-console-producer', '--topic orders', 'one\ntwo\nthree\n')
  await run(
    'kafka-console-consumer',
    '--topic orders --group readers --from-beginning --max-messages 2',
  )
  const earliest = '--add-config share.auto.offset.reset=earliest'
  await run('kafka-configs', `--alter --entity-type groups --entity-name queue ${earliest}`)
  await run('kafka-console-share-consumer', '--topic orders --group queue --max-messages 1')
  await run(
    'kafka-acls',
    '--add --allow-principal User:bob --operation Read --topic ord --resource-pattern-type prefixed',
  )
  const scram = '--alter --entity-type users --entity-name carol --add-config'
  await run('kafka-configs', `${scram} SCRAM-SHA-256=[password=secret]`)
  await run('kafka-configs', `${scram} producer_byte_rate=1024`)
  await run(
    'kafka-configs',
    '--alter --entity-type users --entity-name carol --entity-type clients --entity-default --add-config request_percentage=50',
  )
  const producer = new kafkajs.Kafka({
    brokers: [secure.at('PLAINTEXT')],
    logLevel: kafkajs.logLevel.NOTHING,
  }).producer({ transactionalId: 'payments', maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'four' }] })
  endTransaction = async () => {
    await transaction.abort()
    await producer.disconnect()
  }
  const server = ['--bootstrap-server', secure.at('SASL_PLAINTEXT'), '--command-config', asAlice]
  const token = '--create --max-life-time-period -1 --renewer-principal User:bob'
  await runTool('kafka-delegation-tokens', [...server, ...token.split(' ')])
}
async function report(name: string, ...words: readonly string[]): Promise<ToolRun> {
  const { host, printed } = memoryHost()
  const isTokens = name.startsWith('tokens')
  const where = secure.at(isTokens ? 'SASL_PLAINTEXT' : 'PLAINTEXT')
  const login = isTokens ? ['--command-config', asAlice] : []
  const args = [...words, '--json', '--bootstrap-server', where, ...login]
  const code = await runReport(name, args, host)
  return { code, ...printed() }
}

async function documentOf(name: string, ...words: readonly string[]): Promise<unknown> {
  const { code, out, err } = await report(name, ...words)
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out)
}

/** Where the values of a document lie: `topics[].name`. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, path === '' ? key : `${path}.${key}`),
  )
}

const subjects: Readonly<Record<string, readonly string[]>> = {
  'configs describe': ['orders', '--group', 'queue', '--broker', '1', '--all'],
  'transactions describe': ['payments'],
}
/** Documented, and not to be seen here: consumers of the classic protocol that are gone, brokers without ELR. */
const unseen = /members\[\]|EligibleLeaderReplicas|eligibleLeaderReplicas|quotas\[\]\.clientId/

test.each([...reports.keys()])(
  '%s has the fields that it documents, and no others',
  async (name) => {
    const found = new Set(pathsOf(await documentOf(name, ...(subjects[name] ?? []))))
    const documented = Object.keys(reports.get(name)?.fields ?? {})
    const isNamed = (path: string): boolean =>
      documented.some((field) => field === path || field.startsWith(`${path}[]`))
    expect([...found].filter((path) => !isNamed(path))).toEqual([])
    expect(documented.filter((field) => !found.has(field) && !unseen.test(field))).toEqual([])
  },
)

describe('what the documents say', () => {
  test('of a topic', async () => {
    expect(await documentOf('topics describe', 'orders')).toMatchObject({
      topics: [
        {
          name: 'orders',
          configs: [{ name: 'retention.ms', value: '1000000' }],
          partitions: [
            { partition: 0, leader: 1, isr: [1] },
            { partition: 1, leader: 1 },
          ],
        },
      ],
    })
  })

  test('of a group and its lag', async () => {
    const { groups } = JSON.parse((await report('groups describe', '--group', 'readers')).out)
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ groupId: 'readers', state: 'Empty', members: [] })
    const lag = groups[0].offsets.reduce((sum: number, row: { lag: number }) => sum + row.lag, 0)
    expect(lag).toBe(2)
    expect(await documentOf('share-groups list')).toEqual({
      groups: [{ groupId: 'queue', type: 'Share', state: 'Empty', protocolType: 'share' }],
    })
  })

  test('of rules, users and an open transaction', async () => {
    expect(await documentOf('acls list')).toEqual({
      acls: [
        {
          resourceType: 'TOPIC',
          resourceName: 'ord',
          patternType: 'PREFIXED',
          principal: 'User:bob',
          host: '*',
          operation: 'READ',
          permission: 'ALLOW',
        },
      ],
    })
    expect(await documentOf('users describe', 'carol')).toMatchObject({
      users: [{ name: 'carol', scramCredentials: [{ mechanism: 'SCRAM-SHA-256' }] }],
      quotas: expect.arrayContaining([
        {
          user: 'carol',
          hasClientId: false,
          clientId: null,
          values: [{ name: 'producer_byte_rate', value: 1024 }],
        },
      ]),
    })
    expect(await documentOf('transactions describe', 'payments')).toMatchObject({
      transactions: [{ state: 'Ongoing', partitions: [{ topic: 'orders' }] }],
    })
  })

  test('nothing but one line on stderr, where the cluster refuses', async () => {
    expect(await report('topics describe', 'nowhere')).toEqual({
      code: 1,
      out: '',
      err: 'org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.\n',
    })
  })

  test('and to misuse, the flags that there are', async () => {
    const refused = await report('topics describe', '--under-replicated-partitions')
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('under-replicated-partitions is not a recognized option\nOption')
    expect((await report('topics create')).err).toContain('--json is for topics list,')
    expect((await report('configs describe')).err).toContain('Name a topic')
    expect((await report('cluster id', 'what')).err).toContain('What is "what"?')
    const help = await report('offsets get', '--help')
    expect(help.out).toContain('Offsets of partitions')
  })
})
