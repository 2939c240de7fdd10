// `npx tsx bench/attack/run.ts [attack,attack] [seconds]`: what clients who belong here notice of each attack:
// their round trips, how long a log-in takes, and the broker's memory, before it and while it lasts.
import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildRecordBatch } from '../../protocol/records.ts'
import { createTopic } from '../../test/support/partition-reader.ts'
import { startSecureBroker, type SecureBroker } from '../../test/support/secure-broker.ts'
import { WireClient } from '../../test/support/wire-client.ts'
import { coreWaitSeconds, cpuSeconds, residentBytes } from '../process-stat.ts'
import { attacks, type Attack, type Ports } from './attacks.ts'
import type { Order, Report } from './process.ts'

const topic = 'well-behaved'
const pauseMs = 5
const loginEveryMs = 250
const [chosen = attacks.map(({ name }) => name).join(','), seconds = '10'] = process.argv.slice(2)
const measuredMs = Number(seconds) * 1000

const secure = await startSecureBroker({
  'connection.failed.authentication.delay.ms': '100',
  'ottla.authentication.timeout.ms': '30000',
  // Else it is the system that keeps the crowd away, and everybody else.
  'socket.listen.backlog.size': '1024',
})
const attacker = fork(fileURLToPath(new URL('process.ts', import.meta.url)))
try {
  await prepare(secure)
  say(`no attack: ${await measure(secure)}`)
  for (const attack of attacks.filter(({ name }) => chosen.split(',').includes(name))) {
    await suffer(secure, attacker, attack)
    await sleep(2000)
  }
  say(`afterwards: ${await measure(secure)}`)
} finally {
  attacker.disconnect()
  await secure.broker.stop()
}

async function prepare({ broker }: SecureBroker): Promise<void> {
  const client = await WireClient.open(broker.bootstrap)
  await createTopic(client, { name: topic, partitions: 1 })
  client.end()
  await measure(secure) // and let the compiler see it
}

async function suffer(
  broker: SecureBroker,
  process: ChildProcess,
  { name, title }: Attack,
): Promise<void> {
  const port = (listener: keyof Ports): number => Number(broker.at(listener).split(':')[1])
  const ports = {
    PLAINTEXT: port('PLAINTEXT'),
    SASL_PLAINTEXT: port('SASL_PLAINTEXT'),
    SSL: port('SSL'),
  }
  const reported = new Promise<Report>((resolve) => process.once('message', resolve))
  const order = (what: Order): boolean => process.send(what)
  order({ begin: name, ports })
  const noticed = await measure(broker)
  order({ end: true })
  const report = await reported
  if ('error' in report) throw new Error(`${name}: ${report.error}`)
  const { connections, endedByBroker } = report.counts
  say(`${title}: ${noticed}; ${connections} connections, ${endedByBroker} ended by the broker`)
}

/** What a client sees that writes single records, and one that logs in now and then. */
async function measure({ broker, at }: SecureBroker): Promise<string> {
  const endMs = performance.now() + measuredMs
  const [cpu, wait] = [cpuSeconds(broker.pid) ?? 0, coreWaitSeconds(broker.pid) ?? 0]
  const client = await WireClient.open(broker.bootstrap)
  const [writes, logins] = await Promise.all([
    timed(endMs, pauseMs, () => write(client)),
    timed(endMs, loginEveryMs, () => logIn(at('SASL_PLAINTEXT'))),
  ])
  client.end()
  const resident = Math.round((residentBytes(broker.pid) ?? 0) / 1e6)
  const cores = ((cpuSeconds(broker.pid) ?? 0) - cpu) / (measuredMs / 1000)
  const waits = ((coreWaitSeconds(broker.pid) ?? 0) - wait) / (measuredMs / 1000)
  return (
    `writes ${quantiles(writes)}, log-ins ${quantiles(logins)}; ${resident} MB, ` +
    `${cores.toFixed(2)} cores, waits for ${waits.toFixed(2)}`
  )
}

/** Milliseconds of each run, sorted. */
async function timed(endMs: number, gapMs: number, run: () => Promise<void>): Promise<number[]> {
  const tookMs: number[] = []
  while (performance.now() < endMs) {
    const startMs = performance.now()
    await run()
    tookMs.push(performance.now() - startMs)
    await sleep(gapMs)
  }
  return tookMs.sort((a, b) => a - b)
}

function quantiles(sorted: readonly number[]): string {
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1)
  return `p50 ${at(0.5)} p99 ${at(0.99)} ms`
}

async function write(client: WireClient): Promise<void> {
  const records = buildRecordBatch({
    records: [{ timestamp: Date.now(), key: null, value: Buffer.from('value') }],
  })
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const { responses } = await client.call('Produce', 9, { acks: -1, timeoutMs: 10_000, topicData })
  const errorCode = responses[0]?.partitionResponses[0]?.errorCode
  if (errorCode !== 0) throw new Error(`Produce: error ${errorCode}`)
}

async function logIn(bootstrap: string): Promise<void> {
  const client = await WireClient.open(bootstrap)
  await client.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const authBytes = Buffer.from('\0alice\0alice-secret')
  const { errorCode } = await client.call('SaslAuthenticate', 2, { authBytes })
  if (errorCode !== 0) throw new Error(`the log-in failed with ${errorCode}`)
  client.end()
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
