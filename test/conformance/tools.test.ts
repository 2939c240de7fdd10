// Kafka's command lines as its tutorials have them, typed into our tools, against our broker.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDataDirectory, startTestBroker, type TestBroker } from '../support/broker.ts'
import { runTool } from '../support/tool-host.ts'
import { projectRoot } from '../support/program.ts'

interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

let broker: TestBroker
beforeAll(async () => {
  broker = await startTestBroker()
})
afterAll(() => broker.stop())

/** Runs a tool with `--bootstrap-server`, typing `input` into it. */
async function run(tool: string, args: string, input = ''): Promise<Run> {
  const script = join(projectRoot, 'dist/src/cli/bin', `${tool}.js`)
  const words = args.split(' ').filter((word) => word !== '')
  const child = spawn(process.execPath, [script, '--bootstrap-server', broker.bootstrap, ...words])
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, out, err }
}

describe('a first topic', () => {
  test('is created, listed and described', async () => {
    expect(
      await run(
        'kafka-topics',
        '--create --topic quickstart --partitions 3 --replication-factor 1',
      ),
    ).toEqual({ code: 0, out: 'Created topic quickstart.\n', err: '' })
    expect(await run('kafka-topics', '--list')).toMatchObject({ code: 0, out: 'quickstart\n' })
    const { out } = await run('kafka-topics', '--describe --topic quickstart')
    const lines = out.split('\n')
    expect(lines[0]?.replace(/TopicId: [\w-]{22}/, 'TopicId: ID')).toBe(
      'Topic: quickstart\tTopicId: ID\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: min.insync.replicas=1',
    )
    expect(lines[3]).toBe(
      '\tTopic: quickstart\tPartition: 2\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: ',
    )
  })

  test('is there already the second time, which may be no error', async () => {
    const again = await run('kafka-topics', '--create --topic quickstart')
    expect(again).toMatchObject({
      code: 1,
      out: "Error while executing topic command : Topic 'quickstart' already exists.\n",
    })
    expect(await run('kafka-topics', '--create --topic quickstart --if-not-exists')).toMatchObject({
      code: 0,
      out: '',
    })
  })

  test('gets lines and gives them back', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `event ${index}`)
    const produced = await run(
      'kafka-console-producer',
      '--topic quickstart',
      `${lines.join('\n')}\n`,
    )
    expect(produced).toEqual({ code: 0, out: '', err: '' })
    const consumed = await run(
      'kafka-console-consumer',
      '--topic quickstart --from-beginning --max-messages 1000 --group readers',
    )
    expect(consumed.code).toBe(0)
    expect(consumed.out.trimEnd().split('\n').sort()).toEqual(lines.sort())
    expect(consumed.err).toContain('Processed a total of 1000 messages')
  })

  test('keeps keys, headers and nulls, under every codec', async () => {
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = `codec-${codec}`
      await run(
        'kafka-console-producer',
        `--topic ${topic} --compression-codec ${codec} --reader-property parse.key=true --reader-property parse.headers=true --reader-property null.marker=NIL`,
        'a:1,b:2\tkey\tvalue\na:\tNIL\tNIL\n',
      )
      const { out } = await run(
        'kafka-console-consumer',
        `--topic ${topic} --partition 0 --offset earliest --max-messages 2 --formatter-property print.key=true --formatter-property print.headers=true --formatter-property print.offset=true`,
      )
      expect(out).toBe('Offset:0\ta:1,b:2\tkey\tvalue\nOffset:1\ta:\tnull\tnull\n')
    }
  }, 60_000)
})

describe('a group', () => {
  test('is described with its lag', async () => {
    await run('kafka-console-producer', '--topic quickstart', 'one more\n')
    const { out, err } = await run('kafka-consumer-groups', '--describe --group readers')
    expect(err).toBe("\nConsumer group 'readers' has no active members.\n")
    const [head, ...rows] = out.trim().split('\n')
    expect(head?.split(/ +/)).toEqual(
      'GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID'.split(
        ' ',
      ),
    )
    expect(rows).toHaveLength(3)
    const lags = rows.map((row) => Number(row.split(/ +/)[5]))
    expect(lags.reduce((sum, lag) => sum + lag, 0)).toBe(1)
  })

  test('is reset to the beginning, only when told to', async () => {
    const reset = '--reset-offsets --group readers --topic quickstart --to-earliest'
    const planned = await run('kafka-consumer-groups', `${reset} --dry-run`)
    expect(
      planned.out
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split(/ +/)),
    ).toEqual([
      ['readers', 'quickstart', '0', '0'],
      ['readers', 'quickstart', '1', '0'],
      ['readers', 'quickstart', '2', '0'],
    ])
    const before = await run('kafka-consumer-groups', '--describe --group readers')
    await run('kafka-consumer-groups', `${reset} --execute`)
    const after = await run('kafka-consumer-groups', '--describe --group readers')
    expect(after.out).not.toBe(before.out)
    const read = await run(
      'kafka-console-consumer',
      '--topic quickstart --group readers --max-messages 1001 --timeout-ms 10000',
    )
    expect(read.err).toContain('Processed a total of 1001 messages')
  })

  test('is exported and put back from a file', async () => {
    const file = join(newDataDirectory(), 'offsets.csv')
    const reset = '--reset-offsets --group readers'
    const exported = await run(
      'kafka-consumer-groups',
      `${reset} --topic quickstart --shift-by -5 --dry-run --export`,
    )
    writeFileSync(file, exported.out)
    expect(exported.out.split('\n')[0]).toMatch(/^quickstart,0,\d+$/)
    const applied = await run('kafka-consumer-groups', `${reset} --from-file ${file} --execute`)
    expect(applied.out).toContain('NEW-OFFSET')
    const again = await run(
      'kafka-consumer-groups',
      `${reset} --topic quickstart --to-current --dry-run --export`,
    )
    expect(again.out).toBe(exported.out)
  })

  test('is deleted, and then does not exist', async () => {
    expect(await run('kafka-consumer-groups', '--delete --group readers')).toMatchObject({
      code: 0,
      out: "Deletion of requested consumer groups ('readers') was successful.\n",
    })
    expect((await run('kafka-consumer-groups', '--describe --group readers')).out).toBe(
      '\nError: Executing consumer group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group readers not found.\n',
    )
  })
})

test('a configuration is set, shown and taken back', async () => {
  const entity = '--entity-type topics --entity-name quickstart'
  const set = '--add-config retention.ms=1000000,cleanup.policy=[delete,compact]'
  expect((await run('kafka-configs', `--alter ${entity} ${set}`)).out).toBe(
    'Completed updating config for topic quickstart.\n',
  )
  const { out } = await run('kafka-configs', `--describe ${entity}`)
  expect(out.split('\n')).toEqual([
    'Dynamic configs for topic quickstart are:',
    '  cleanup.policy=delete,compact sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=delete,compact, DEFAULT_CONFIG:log.cleanup.policy=delete}',
    '  retention.ms=1000000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000000}',
    '',
  ])
  await run('kafka-configs', `--alter ${entity} --delete-config cleanup.policy,retention.ms`)
  expect((await run('kafka-configs', `--describe ${entity}`)).out.split('\n')).toHaveLength(2)
})

test('records are deleted and the beginning moves', async () => {
  const file = join(newDataDirectory(), 'records.json')
  const partitions = [{ topic: 'codec-none', partition: 0, offset: 1 }]
  writeFileSync(file, JSON.stringify({ partitions, version: 1 }))
  expect((await run('kafka-delete-records', `--offset-json-file ${file}`)).out).toContain(
    'partition: codec-none-0\tlow_watermark: 1\n',
  )
  expect(
    (await run('kafka-get-offsets', '--topic-partitions codec-none:0 --time earliest')).out,
  ).toBe('codec-none:0:1\n')
})

test('the cluster answers for itself', async () => {
  expect((await run('kafka-cluster', 'cluster-id')).out).toMatch(/^Cluster ID: [\w-]{22}\n$/)
  expect((await run('kafka-features', 'describe')).out).toMatch(/^Feature: metadata.version /m)
  expect((await run('kafka-broker-api-versions', '')).out).toMatch(/^\tProduce\(0\): \d+ to 13 /m)
  expect((await run('kafka-log-dirs', '--describe')).out).toContain('"partition":"quickstart-0"')
  expect((await run('kafka-metadata-quorum', 'describe --status')).out).toMatch(
    /^LeaderId: {15}1$/m,
  )
  expect((await run('kafka-transactions', 'list')).out).toMatch(/^TransactionalId\tCoordinator\t/)
})

test('access rules are added once, listed, and removed where the answer is y', async () => {
  const overrides = {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  }
  const guarded = await startTestBroker({ overrides })
  const acls = (words: string, input = '') =>
    runTool('kafka-acls', ['--bootstrap-server', guarded.bootstrap, ...words.split(' ')], input)
  const rule = '(principal=User:Bob, host=198.51.100.0, operation=READ, permissionType=ALLOW)'
  const pattern = 'ResourcePattern(resourceType=TOPIC, name=t, patternType=LITERAL)'
  try {
    const words = '--topic t --allow-principal User:Bob --allow-host 198.51.100.0 --operation Read'
    expect(await acls(`--add ${words}`)).toEqual({
      code: 0,
      out: `Adding ACLs for resource \`${pattern}\`: \n \t${rule}\n\n`,
      err: '',
    })
    expect((await acls(`--add ${words}`)).out).toBe(
      `Acl (pattern=${pattern}, entry=${rule}) already exists.\n`,
    )
    const listed = `Current ACLs for resource \`${pattern}\`:\n\t${rule}\n\n`
    expect((await acls('--list')).out).toBe(listed)
    expect((await acls('--list --principal User:Bob --principal User:Eve')).out).toBe(
      `ACLs for principal \`User:Bob\`\n${listed}ACLs for principal \`User:Eve\`\n`,
    )
    expect((await acls(`--remove ${words}`, 'n\n')).out).toContain('(y/n)')
    expect((await acls('--list')).out).toBe(listed)
    await acls('--remove --topic t', 'y\n')
    expect((await acls('--list')).out).toBe('')
  } finally {
    await guarded.stop()
  }
})

test('a subscription to client metrics is made, shown and deleted', async () => {
  const metrics = (words: string) =>
    runTool('kafka-client-metrics', ['--bootstrap-server', broker.bootstrap, ...words.split(' ')])
  const made = '--alter --name fast --interval 1000 --metrics a.,b. --match client_id=x'
  expect((await metrics(made)).out).toBe('Altered client metrics config for fast.\n')
  expect((await metrics('--list')).out).toBe('fast\n')
  expect((await metrics('--describe --name fast')).out).toBe(
    'Client metrics configs for fast are:\n  interval.ms=1000\n  match=client_id=x\n  metrics=a.,b.\n',
  )
  expect((await metrics('--delete --name fast')).out).toBe(
    'Deleted client metrics config for fast.\n',
  )
  expect((await metrics('--describe --name fast')).out).toContain("fast doesn't exist")
  expect((await metrics('--alter')).err).toBe(
    'One of --name or --generate-name must be specified with --alter.\n',
  )
})

test('a load is produced and measured', async () => {
  const { code, out } = await run(
    'kafka-producer-perf-test',
    '--topic load --num-records 2000 --record-size 100 --throughput -1',
  )
  expect(code).toBe(0)
  expect(out).toMatch(/^2000 records sent, [\d.]+ records\/sec \([\d.]+ MB\/sec\), .* 99\.9th\.\n$/)
})

test('a topic is consumed and measured', async () => {
  const { code, out } = await run(
    'kafka-consumer-perf-test',
    '--topic load --num-records 1400 --timeout 5000',
  )
  expect(code).toBe(0)
  const [head, line, ...rest] = out.trimEnd().split('\n')
  expect(head).toMatch(/^start\.time, end\.time, data\.consumed\.in\.MB, MB\.sec, /)
  // Polls give 500 records, as Kafka's: the count goes on to the end of the last one.
  expect(line).toMatch(
    /^\d{4}-\d\d-\d\d [\d:]{12}, [-\d]{10} [\d:]{12}, 0\.1431, [\d.]+, 1500, [\d.]+, \d+, \d+, /,
  )
  expect(rest).toEqual([])
})

test('the way of a record through the broker is measured', async () => {
  const { bootstrap } = broker
  const { code, out } = await runTool('kafka-e2e-latency', [bootstrap, 'e2e', '20', 'all', '10'])
  expect(code).toBe(0)
  expect(out.split('\n').slice(1)).toEqual([
    'Topic "e2e" does not exist. Will create topic with 1 partition(s) and replication factor = 1',
    expect.stringMatching(/^0\t[\d.]+$/),
    expect.stringMatching(/^Avg latency: \d+\.\d{4} ms$/),
    expect.stringMatching(/^Percentiles: 50th = \d+, 99th = \d+, 99\.9th = \d+$/),
    '',
  ])
})

test('what is produced and consumed can be verified event by event', async () => {
  const events = ({ out }: { readonly out: string }): readonly unknown[] =>
    out
      .trimEnd()
      .split('\n')
      .map((line): unknown => ({ ...JSON.parse(line), timestamp: 0 }))
  const at = { timestamp: 0, topic: 'verified', partition: 0 }
  const words = ['--bootstrap-server', broker.bootstrap, '--topic', 'verified', '--max-messages']
  const produced = await runTool('kafka-verifiable-producer', [...words, '3'])
  expect(events(produced)).toEqual([
    { timestamp: 0, name: 'startup_complete' },
    ...[0, 1, 2].map((offset) => ({
      ...at,
      name: 'producer_send_success',
      key: null,
      value: String(offset),
      offset,
    })),
    { timestamp: 0, name: 'shutdown_complete' },
    expect.objectContaining({ name: 'tool_data', sent: 3, acked: 3, target_throughput: -1 }),
  ])
  const partitions = [{ topic: 'verified', partition: 0 }]
  const consumed = await runTool('kafka-verifiable-consumer', [...words, '2', '--group-id', 'v'])
  expect(events(consumed)).toEqual([
    { timestamp: 0, name: 'startup_complete' },
    { timestamp: 0, name: 'partitions_assigned', partitions },
    {
      timestamp: 0,
      name: 'records_consumed',
      count: 3,
      partitions: [{ ...partitions[0], count: 2, minOffset: 0, maxOffset: 1 }],
    },
    {
      timestamp: 0,
      name: 'offsets_committed',
      offsets: [{ ...partitions[0], offset: 2 }],
      success: true,
    },
    { timestamp: 0, name: 'partitions_revoked', partitions },
    { timestamp: 0, name: 'shutdown_complete' },
    { timestamp: 0, name: 'shutdown_requested' },
  ])
})

test('partitions are reassigned as far as one broker can', async () => {
  const directory = newDataDirectory()
  const fileOf = (name: string, content: unknown): string => {
    const path = join(directory, name)
    writeFileSync(path, JSON.stringify(content))
    return path
  }
  const reassign = (...words: readonly string[]) =>
    runTool('kafka-reassign-partitions', ['--bootstrap-server', broker.bootstrap, ...words])
  const topics = fileOf('topics.json', { version: 1, topics: [{ topic: 'codec-gzip' }] })
  const generated = await reassign(
    ...['--generate', '--topics-to-move-json-file', topics, '--broker-list', '1'],
  )
  const [, now, , , proposed = ''] = generated.out.split('\n')
  expect(now).toMatch(/^\{"version":1,"partitions":\[\{"topic":"codec-gzip","partition":0,/)
  expect(proposed).toContain('"replicas":[1],"log_dirs":["any"]')
  const plan = fileOf('plan.json', JSON.parse(proposed))
  const executed = await reassign('--execute', '--reassignment-json-file', plan)
  expect(executed).toMatchObject({ code: 0 })
  expect(executed.out).toMatch(/Successfully started partition reassignment for codec-gzip-0\n$/)
  const verified = await reassign('--verify', '--reassignment-json-file', plan)
  expect(verified.out).toBe(
    'Status of partition reassignment:\nReassignment of partition codec-gzip-0 is completed.\n\nClearing broker-level throttles on broker 1\nClearing topic-level throttles on topic codec-gzip\n',
  )
  expect((await reassign('--list')).out).toBe('No partition reassignments found.\n')
  const wide = [{ topic: 'codec-gzip', partition: 0, replicas: [1, 2] }]
  const refused = fileOf('wide.json', { version: 1, partitions: wide })
  expect(await reassign('--execute', '--reassignment-json-file', refused)).toEqual({
    code: 1,
    out: 'Error: Unknown broker id 2\n',
    err: '',
  })
})

test('a wrong flag ends with its name, the usage and exit code 1', async () => {
  const { code, err } = await run('kafka-get-offsets', '--topics a')
  expect(code).toBe(1)
  expect(err).toMatch(/^topics is not a recognized option\n/)
  expect((await run('kafka-topics', '--version')).out).toMatch(/^4\.\d+\.\d+\n$/)
})

test('a broker that is not there is named while the tool goes on trying', async () => {
  const script = join(projectRoot, 'dist/src/cli/bin/kafka-topics.js')
  const child = spawn(process.execPath, [script, '--bootstrap-server', '127.0.0.1:1', '--list'])
  const warning = await new Promise<string>((resolve) => {
    child.stderr.setEncoding('utf8').once('data', resolve)
  })
  child.kill('SIGKILL')
  expect(warning).toMatch(/^WARN Connection to node \(127\.0\.0\.1:1\) could not be established/)
})
