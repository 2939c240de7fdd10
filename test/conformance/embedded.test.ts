// The broker inside a program, as package.json exports it: a real client over a real socket.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBroker } from '../../src/index.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ottla-embedded-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function configuration(): Readonly<Record<string, string>> {
  return {
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'log.dirs': directory,
    'ottla.log.level': 'silent',
  }
}

test('an embedded broker serves clients, and serves the same again after it was closed', async () => {
  for (const round of [1, 2]) {
    const broker = createBroker({ config: configuration() })
    const { addresses } = await broker.start()
    const kafka = new Kafka({ brokers: [...addresses], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    const [sent] = await producer.send({ topic: 'embedded', messages: [{ value: 'hello' }] })
    expect(sent?.baseOffset).toBe(String(round - 1))
    await producer.disconnect()
    await broker.close()
    await expect(broker.closed).resolves.toBeUndefined()
  }
})

test('an embedded broker names the key that it cannot obey', () => {
  expect(() => createBroker({ config: { 'num.partitions': 'many' } })).toThrow('num.partitions')
})
