// The pages over a simulated broker, by node:http's own requests over a pair of streams in memory.
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import type { HttpAccess } from '../../../src/http/app.ts'
import { HttpServer } from '../../../src/http/server.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { MonitoredBroker } from '../../../src/monitoring/metric.ts'
import { monitoredSim, produceTo } from '../../support/monitored-sim.ts'
import { SimBroker } from '../../support/sim-broker.ts'

/** Sends the text on a connection of its own; resolves with all that came back. */
function exchange(
  text: string,
  broker: MonitoredBroker | null,
  options: { access?: HttpAccess; overrides?: Record<string, string>; sim: SimBroker },
): Promise<string> {
  const config = brokerConfigWith(options.overrides ?? {})
  const server = new HttpServer({
    config: () => config,
    broker: () => broker,
    clock: options.sim.clock,
    logger: silentLogger,
    onBug: (error) => {
      throw error
    },
  })
  return new Promise((resolve) => {
    const received: Buffer[] = []
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        received.push(Buffer.from(chunk))
        done()
      },
    })
    stream.on('close', () => resolve(Buffer.concat(received).toString()))
    server.take(stream, options.access ?? 'full')
    stream.push(text)
  })
}

function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost:9092\r\n${headers}\r\n`
}

test('health: alive from the start, ready when clients are served, not while it stops', async () => {
  const sim = await SimBroker.start()
  expect(await exchange(get('/health/live'), null, { sim })).toMatch(/^HTTP\/1.1 200 /)
  const starting = await exchange(get('/health/ready'), null, { sim })
  expect(starting).toMatch(/^HTTP\/1.1 503 /)
  expect(starting).toContain('"phase":"starting"')
  expect(starting).toContain('"reason":"the data directory is being opened')
  const serving = await exchange(get('/health/ready'), monitoredSim(sim), { sim })
  expect(serving).toMatch(/^HTTP\/1.1 200 /)
  expect(serving).toContain('"ready":true,"reason":null')
  const stopping = await exchange(get('/health/ready'), monitoredSim(sim, 'stopping'), { sim })
  expect(stopping).toMatch(/^HTTP\/1.1 503 /)
})

test('metrics come in the format that is asked for', async () => {
  const sim = await SimBroker.start()
  const plain = await exchange(get('/metrics'), monitoredSim(sim), { sim })
  expect(plain).toContain('Content-Type: text/plain; version=0.0.4')
  const accept = 'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n'
  const open = await exchange(get('/metrics', accept), monitoredSim(sim), { sim })
  expect(open).toContain('Content-Type: application/openmetrics-text')
  expect(open).toContain('# EOF')
})

test('the status page shows topics and groups, escaped, and no record', async () => {
  const sim = await SimBroker.start()
  await sim.createTopic('orders', 2)
  await produceTo(sim, 'orders', 3)
  await sim.ask('OffsetCommit', 8, {
    groupId: '<b>"group"</b>',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name: 'orders',
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }],
      },
    ],
  })
  const page = await exchange(get('/'), monitoredSim(sim), { sim })
  expect(page).toContain('<td>orders</td>')
  expect(page).toContain('<td>&lt;b&gt;&quot;group&quot;&lt;/b&gt;</td>')
  expect(page).not.toContain('value 0')
  expect(page).toContain("default-src 'none'")
  expect(page).toContain('X-Frame-Options: DENY')
})

test('a port whose clients must log in tells of health alone', async () => {
  const sim = await SimBroker.start()
  const options = { sim, access: 'health' } as const
  expect(await exchange(get('/health'), monitoredSim(sim), options)).toMatch(/^HTTP\/1.1 200 /)
  for (const path of ['/', '/metrics']) {
    const refused = await exchange(get(path), monitoredSim(sim), options)
    expect(refused).toMatch(/^HTTP\/1.1 403 /)
    expect(refused).toContain('ottla.http.on.kafka.port')
  }
})

test('names that listeners advertise are known hosts, and those that the key lists', async () => {
  const sim = await SimBroker.start()
  const ask = (host: string, overrides: Record<string, string>): Promise<string> =>
    exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, monitoredSim(sim), { sim, overrides })
  expect(await ask('kafka.example.com', {})).toMatch(/^HTTP\/1.1 403 /)
  const advertised = { 'advertised.listeners': 'PLAINTEXT://kafka.example.com:9092' }
  expect(await ask('kafka.example.com', advertised)).toMatch(/^HTTP\/1.1 200 /)
  const allowed = { 'ottla.http.allowed.hosts': 'Other.Example.com' }
  expect(await ask('other.example.com:80', allowed)).toMatch(/^HTTP\/1.1 200 /)
})

test('what is no request is refused, and other paths and methods are', async () => {
  const sim = await SimBroker.start()
  const ask = (text: string): Promise<string> => exchange(text, monitoredSim(sim), { sim })
  expect(await ask('GET nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
  expect(await ask(`GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 4/)
  expect(await ask(get('/etc/passwd'))).toMatch(/^HTTP\/1.1 404 /)
  const post = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc'
  expect(await ask(post)).toMatch(/^HTTP\/1.1 405 [\s\S]*Allow: GET, HEAD/)
  const head = await ask(get('/').replace('GET', 'HEAD'))
  expect(head).toMatch(/^HTTP\/1.1 200 /)
  expect(head).not.toContain('<html')
})

test('an exchange that takes too long is ended', async () => {
  const sim = await SimBroker.start()
  const ended = exchange('GET / HTTP/1.1\r\nHost: local', monitoredSim(sim), { sim })
  sim.clock.advance(31_000)
  expect(await ended).toBe('')
})
