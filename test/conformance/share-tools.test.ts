// The tools of share groups (KIP-932) at our broker: what a group reads, gives back and refuses, and what an operator
// sees of it and does to it.
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { runTool, type ToolRun } from '../support/tool-host.ts'
import type { ToolName } from '../../src/cli/tools/index.ts'

const { Kafka, logLevel } = kafkajs

let broker: TestBroker
beforeAll(async () => {
  const overrides = {
    'group.share.min.heartbeat.interval.ms': 50,
    'group.share.heartbeat.interval.ms': 50,
    'group.share.assignment.interval.ms': 0,
  }
  broker = await startTestBroker({ overrides })
})
afterAll(() => broker.stop())

function run(tool: ToolName, words: string, input = ''): Promise<ToolRun> {
  return runTool(tool, ['--bootstrap-server', broker.bootstrap, ...words.split(' ')], input)
}

/** A topic of one partition with these lines, and a group that begins with the first. */
async function prepare(name: string, lines: readonly string[]): Promise<void> {
  await run('kafka-topics', `--create --topic ${name} --partitions 1`)
  const begin = '--add-config share.auto.offset.reset=earliest'
  await run('kafka-configs', `--alter --entity-type groups --entity-name ${name} ${begin}`)
  await run('kafka-console-producer', `--topic ${name}`, lines.map((line) => `${line}\n`).join(''))
}

const read = (name: string, words: string) =>
  run('kafka-console-share-consumer', `--topic ${name} --group ${name} ${words}`)
const groups = (words: string) => run('kafka-share-groups', words)

const rowsOf = ({ out }: ToolRun): readonly (readonly string[])[] =>
  out
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {1,}/))

describe('kafka-console-share-consumer', () => {
  test('accepts what it prints, and gives back what it took besides', async () => {
    await prepare('accepts', ['a', 'b', 'c', 'd', 'e'])
    const delivery = '--formatter-property print.delivery=true'
    const first = await read('accepts', `--max-messages 2 ${delivery}`)
    expect(first).toEqual({
      code: 0,
      out: 'Delivery:1\ta\nDelivery:1\tb\n',
      err: 'Processed a total of 2 messages\n',
    })
    const second = await read('accepts', `--max-messages 1 --release ${delivery}`)
    expect(second.out).toBe('Delivery:2\tc\n')
    const third = await read('accepts', `--max-messages 2 --reject ${delivery}`)
    expect(third.out).toBe('Delivery:3\tc\nDelivery:3\td\n')
    const rest = await read('accepts', `--timeout-ms 700 ${delivery}`)
    expect(rest).toEqual({
      code: 0,
      out: 'Delivery:4\te\n',
      err: 'ERROR Error processing message, terminating consumer process: \norg.apache.kafka.common.errors.TimeoutException\nProcessed a total of 1 messages\n',
    })
  })

  test('rejects what it cannot print, if it is told to, and otherwise ends', async () => {
    await prepare('prints', ['x', '1234', 'y'])
    const asNumbers =
      '--value-deserializer org.apache.kafka.common.serialization.IntegerDeserializer'
    const broken = await read('prints', `--timeout-ms 700 ${asNumbers}`)
    expect(broken.code).toBe(1)
    expect(broken.err).toBe(
      'Processed a total of 1 messages\nERROR Unknown error when running consumer: \nSize of data received by IntegerDeserializer is not 4\n',
    )
    const patient = await read('prints', `--max-messages 3 --reject-message-on-error ${asNumbers}`)
    expect(patient.out).toBe(`${Buffer.from('1234').readInt32BE(0)}\n`)
    expect((await read('prints', '--timeout-ms 300')).out).toBe('')
  })

  test('reads on from one fetch to the next', async () => {
    const lines = Array.from({ length: 1200 }, (_, index) => String(index))
    await prepare('many', lines.slice(0, 600))
    await run('kafka-console-producer', '--topic many', `${lines.slice(600).join('\n')}\n`)
    const { out } = await read('many', '--max-messages 1200')
    expect(out.trim().split('\n')).toEqual(lines)
  })

  test('passes over the marker of a transaction, which holds up nothing', async () => {
    await prepare('marked', [])
    const producer = new Kafka({
      brokers: [broker.bootstrap],
      logLevel: logLevel.NOTHING,
    }).producer({ transactionalId: 'marks', maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'marked', messages: [{ value: 'in' }] })
    await transaction.commit()
    await producer.disconnect()
    await run('kafka-console-producer', '--topic marked', 'behind\n')
    expect((await read('marked', '--max-messages 2')).out).toBe('in\nbehind\n')
    const described = rowsOf(await groups('--describe --group marked'))
    expect(described[1]?.at(-1)).toBe('0')
  })

  test.each([
    ['--group g', '--topic is a required argument'],
    ['--topic t --reject --release', 'At most one of --reject and --release may be specified.'],
    [
      '--topic t --group a --command-property group.id=b',
      "The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer-config') do not match. Detected group ids: 'a', 'b'",
    ],
  ])('refuses %s', async (words, complaint) => {
    const { code, err } = await run('kafka-console-share-consumer', words)
    expect(code).toBe(1)
    expect(err.split('\n')[0]).toBe(complaint)
  })

  test('refuses the settings of other consumers, as Kafka does', async () => {
    const refused = await read('accepts', '--command-property auto.offset.reset=earliest')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(
      'org.apache.kafka.common.config.ConfigException: auto.offset.reset cannot be set when using a share group.',
    )
  })
})

describe('kafka-share-groups', () => {
  beforeAll(async () => {
    await prepare('queue', ['1', '2', '3', '4', '5'])
    await read('queue', '--max-messages 3')
  })

  test('lists groups, with their states if asked', async () => {
    expect((await groups('--list')).out.split('\n')).toContain('queue')
    const rows = rowsOf(await groups('--list --state'))
    expect(rows[0]).toEqual(['GROUP', 'STATE'])
    expect(rows).toContainEqual(['queue', 'Empty'])
    expect((await groups('--list --state Stable')).out.trim().split('\n')).toHaveLength(1)
    const wrong = await groups('--list --state wrong')
    expect(wrong.code).toBe(1)
    expect(wrong.err).toContain("Invalid state list 'wrong'. Valid states are: Empty, Stable, Dead")
  })

  test('describes where a group stands', async () => {
    const described = await groups('--describe --group queue --verbose')
    expect(described.err).toBe('')
    const [head, row] = rowsOf(described)
    expect(head).toEqual(['GROUP', 'TOPIC', 'PARTITION', 'LEADER-EPOCH', 'START-OFFSET', 'LAG'])
    expect(row?.slice(0, 3)).toEqual(['queue', 'queue', '0'])
    expect(row?.[4]).toBe('3')
    const state = rowsOf(await groups('--describe --group queue --state'))
    expect(state[1]?.slice(-2)).toEqual(['Empty', '0'])
    const unknown = await groups('--describe --group nobody')
    expect(unknown.out).toContain('GroupIdNotFoundException: Group nobody not found.')
  })

  test('shows members while there are some, and leaves such a group alone', async () => {
    const reading = read('queue', '--timeout-ms 1500')
    let rows: readonly (readonly string[])[] = []
    for (let tries = 0; tries < 100 && rows[1]?.[5] !== 'queue:0'; tries++) {
      rows = rowsOf(await groups('--describe --group queue --members'))
    }
    expect(rows[0]).toEqual([
      'GROUP',
      'CONSUMER-ID',
      'HOST',
      'CLIENT-ID',
      '#PARTITIONS',
      'ASSIGNMENT',
    ])
    expect(rows[1]?.slice(3)).toEqual(['console-share-consumer', '1', 'queue:0'])
    const reset = '--reset-offsets --group queue --all-topics --to-earliest --execute'
    expect((await groups(reset)).out).toBe(
      "\nError: Share group 'queue' is not empty. Only inactive groups may be reset.\n",
    )
    expect((await groups('--delete --group queue')).out).toContain(
      "GroupNotEmptyException: Share group 'queue' is not EMPTY.",
    )
    await reading
  })

  test('resets a group, forgets its topics and deletes it', async () => {
    const reset = '--reset-offsets --group queue --topic queue --to-earliest'
    const planned = await groups(`${reset} --dry-run`)
    expect(rowsOf(planned)).toEqual([
      ['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'],
      ['queue', 'queue', '0', '0'],
    ])
    expect(rowsOf(await groups('--describe --group queue'))[1]?.[4]).toBe('0')
    expect((await groups(`${reset} --execute`)).out).toBe(planned.out)
    expect(rowsOf(await groups('--describe --group queue'))[1]?.slice(3)).toEqual(['0', '5'])
    expect((await read('queue', '--max-messages 1')).out).toBe('1\n')
    const forgotten = await groups('--delete-offsets --group queue --topic queue')
    expect(rowsOf(forgotten)).toEqual([
      ['TOPIC', 'STATUS'],
      ['queue', 'Successful'],
    ])
    expect((await groups('--delete --group queue')).out).toBe(
      "Deletion of requested share groups ('queue') was successful.\n",
    )
    expect((await groups('--list')).out.split('\n')).not.toContain('queue')
  })

  test.each([
    ['--describe', 'Option [describe] takes one of these options: [all-groups], [group]'],
    ['--describe --delete --group g', 'Command must include exactly one action'],
    ['--reset-offsets --group g --to-latest --all-topics', 'Option [reset-offsets] takes the'],
  ])('refuses %s', async (words, complaint) => {
    const { code, err } = await groups(words)
    expect(code).toBe(1)
    expect(err).toContain(complaint)
  })
})

describe('kafka-share-consumer-perf-test', () => {
  test('counts what its consumers read together, and leaves nothing to be read', async () => {
    await prepare(
      'measured',
      Array.from({ length: 20 }, () => 'x'.repeat(10)),
    )
    const perf = (words: string) =>
      run('kafka-share-consumer-perf-test', `--topic measured --group measured ${words}`)
    const both = await perf('--messages 20 --threads 2 --show-consumer-stats --date-format S')
    const cells = String.raw`\d+, \d+, 0\.0002, \d+\.\d{4}, \d+\.\d{4}, 20, \d+`
    expect(both.code).toBe(0)
    expect(both.out).toMatch(/^Warning: --messages is deprecated. Use --num-records instead.\n/)
    expect(both.out).toContain('\nstart.time, end.time, data.consumed.in.MB, MB.sec, nMsg.sec, ')
    expect(both.out).toMatch(new RegExp(`\n${cells}\n$`))
    expect(both.out).toMatch(/\nShare consumer 2 having client id perf-share-consumer-client-2 /)
    const none = await perf('--num-records 1 --timeout 300 --hide-header')
    expect(none.out).toMatch(
      /^WARNING: .*: timeout \(300 ms\) exceeded\. .*\n.*, 0\.0000, 0\.0000, 0, \d+\n$/,
    )
  })

  test('refuses what makes no sense', async () => {
    const perf = (words: string) => run('kafka-share-consumer-perf-test', words)
    expect((await perf('--num-records 1')).err).toMatch(/^Missing required argument "\[topic\]"/)
    expect(await perf('--topic t --num-records 1 --threads 0 --hide-header')).toEqual({
      code: 1,
      out: '',
      err: 'Number of threads must be greater than 0.\n',
    })
  })
})
