// HTTP on the port of Kafka's clients, over real sockets: browsers, probes and Prometheus beside
// clients; and a port of its own.
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { kafkaClient } from '../support/kafkajs.ts'

interface Collected {
  readonly path: string | undefined
  readonly body: string
}

let broker: TestBroker
const collected: Collected[] = []
let onCollected = (request: Collected): void => void collected.push(request)

const collector = createServer((request, response) => {
  void text(request).then((body) => {
    onCollected({ path: request.url, body })
    response.end('{}')
  })
})

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const address = collector.address()
  if (address === null || typeof address === 'string') throw new Error('the collector has no port')
  broker = await startTestBroker({
    overrides: {
      'ottla.http.listeners': 'http://127.0.0.1:0',
      'ottla.otlp.endpoint': `http://127.0.0.1:${address.port}`,
      'ottla.otlp.interval.ms': 200,
    },
  })
})

afterAll(async () => {
  await broker.stop()
  collector.close()
})

/** Sends bytes, resolves with what came until the end of the connection. */
function send(...pieces: readonly (string | Buffer)[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port: broker.port }, () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.setTimeout(20_000, () => socket.destroy(new Error('nothing happened')))
    socket.on('data', (chunk: Buffer) => received.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(received)))
  })
}

test('one port serves clients and browsers, and metrics tell what clients did', async () => {
  const producer = kafkaClient(broker.bootstrap).producer()
  await producer.connect()
  await producer.send({ topic: 'over-one-port', messages: [{ value: 'a' }, { value: 'b' }] })
  const metrics = await (await fetch(`http://${broker.bootstrap}/metrics`)).text()
  const counter = 'kafka_server_brokertopicmetrics_messagesin_total'
  expect(metrics).toContain(`${counter}{topic="over-one-port"} 2\n`)
  expect(metrics).toMatch(/connection_count\{listener="PLAINTEXT",networkProcessor="0"\} [1-9]/)
  const page = await (await fetch(`http://${broker.bootstrap}/`)).text()
  expect(page).toContain('<td>over-one-port</td>')
  await producer.disconnect()
})

test('many scrapes at once are answered whole', async () => {
  const pages = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const response = await fetch(`http://${broker.bootstrap}/metrics`)
      return { length: Number(response.headers.get('content-length')), text: await response.text() }
    }),
  )
  for (const { length, text } of pages) expect(Buffer.byteLength(text)).toBe(length)
})

test('a port of its own answers with the same pages, over connections that stay', async () => {
  const [, address] =
    /"addresses":\["([^"]+)"\],"msg":"HTTP is answered"/.exec(broker.output()) ?? []
  const live = await fetch(`http://${address}/health/live`)
  expect(await live.text()).toBe('alive\n')
  expect(live.headers.get('connection')).toBe('keep-alive')
})

test('metrics are sent to a collector that speaks OTLP', async () => {
  const request =
    collected.shift() ?? (await new Promise<Collected>((resolve) => (onCollected = resolve)))
  expect(request.path).toBe('/v1/metrics')
  const body: unknown = JSON.parse(request.body)
  expect(body).toMatchObject({
    resourceMetrics: [{ scopeMetrics: [{ scope: { name: 'ottla' } }] }],
  })
  expect(request.body).toContain('"name":"kafka_server_replicamanager_partitioncount"')
})

test('a TLS client is closed at once, and gets no byte that it could misread', async () => {
  const hello = Buffer.from('16030100f1010000ed0303aabbccddeeff00112233445566778899', 'hex')
  expect(await send(hello)).toEqual(Buffer.alloc(0))
  expect(broker.output()).toContain('the client speaks TLS and this listener is PLAINTEXT')
})

test('a web page of a name that was made to point here learns nothing', async () => {
  const answer = await send('GET / HTTP/1.1\r\nHost: rebound.example.com:9092\r\n\r\n')
  expect(answer.toString()).toMatch(/^HTTP\/1.1 403 /)
})

test('a visitor who goes away before the answer is there does no harm', async () => {
  for (let count = 0; count < 10; count++) {
    const socket = connect({ host: '127.0.0.1', port: broker.port })
    socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n', () => socket.destroy())
    await new Promise((resolve) => socket.once('close', resolve))
  }
  expect(await (await fetch(`http://${broker.bootstrap}/metrics`)).text()).toContain(
    'kafka_brokers 1',
  )
  expect(broker.output()).not.toContain('bug')
})

test('what comes behind a request on the same connection is not answered', async () => {
  const one = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const answers = (await send(one, one)).toString()
  expect(answers.match(/HTTP\/1.1 200/g)).toHaveLength(1)
})
