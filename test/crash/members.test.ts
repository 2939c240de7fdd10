// Consumers that are killed and started again do not wait for the end of a session, and those that
// only lose their connection are not disturbed (DESIGN: a restarted consumer need not wait).
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { eventually } from '../support/kafkajs.ts'
import { createTopic } from '../support/partition-reader.ts'
import { projectRoot } from '../support/program.ts'
import { pythonEnv } from '../support/python-env.ts'
import { startSeverableProxy, type SeverableProxy } from '../support/severable-proxy.ts'
import { WireClient } from '../support/wire-client.ts'

const clients = ['kafkajs', 'kafka-python', 'confluent'] as const
const partitions = 4
const ownedAgainMs = 6000
const disconnectTimeoutMs = 5000

interface Member {
  /** How many partitions it held after each rebalance. */
  readonly rebalances: readonly number[]
  kill(): Promise<void>
}

let proxy: SeverableProxy
let broker: TestBroker
let python: string

beforeAll(async () => {
  python = await pythonEnv('newest')
  proxy = await startSeverableProxy()
  const advertised = `PLAINTEXT://127.0.0.1:${proxy.port}`
  broker = await startTestBroker({ overrides: { 'advertised.listeners': advertised } })
  proxy.target = broker.port
  const client = await WireClient.open(broker.bootstrap)
  await createTopic(client, { name: 'read', partitions })
  client.end()
})

afterAll(async () => {
  await proxy?.close()
  await broker?.stop()
})

// All clients at once: most of the time is spent in waiting.
test('a killed consumer’s successor has its partitions within 6 seconds', async () => {
  await Promise.all(
    clients.map(async (client) => {
      const victim = startMember(client, `killed-${client}`)
      await assigned(client, victim, 1)
      await victim.kill()
      const killedMs = performance.now()
      const successor = startMember(client, `killed-${client}`)
      await assigned(client, successor, 1)
      expect(performance.now() - killedMs, client).toBeLessThan(ownedAgainMs)
      await successor.kill()
    }),
  )
})

test('a consumer that only loses its connection keeps its partitions without a rebalance', async () => {
  const members = clients.map((client) => ({
    client,
    member: startMember(client, `cut-${client}`),
  }))
  for (const { client, member } of members) await assigned(client, member, 1)
  const before = members.map(({ member }) => member.rebalances.length)
  expect(proxy.sever()).toBeGreaterThanOrEqual(clients.length)
  await sleep(disconnectTimeoutMs + 1000)
  const after = members.map(({ member }, index) => member.rebalances.slice(before[index]))
  for (const { member } of members) await member.kill()
  const [kafkajs, ...others] = after
  expect(others).toEqual([[], []])
  // kafkajs may join again by itself when its connection breaks.
  expect(kafkajs).toEqual(kafkajs?.map(() => partitions))
})

async function assigned(client: string, member: Member, times: number): Promise<void> {
  const whole = () => member.rebalances.filter((count) => count === partitions).length >= times
  await eventually(`${client} has all partitions`, whole, 20_000)
}

function startMember(client: (typeof clients)[number], groupId: string): Member {
  const bootstrap = `127.0.0.1:${proxy.port}`
  const [file, ...args] =
    client === 'kafkajs'
      ? [process.execPath, '--import', 'tsx', 'test/support/kafkajs-member.ts', bootstrap]
      : [python, '-W', 'ignore', 'test/support/python/member.py', client, bootstrap]
  const child = spawn(file ?? '', [...args, groupId, 'read', '45000'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const rebalances: number[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const told: unknown = JSON.parse(line)
      rebalances.push(Array.isArray(told) ? told.length : Number(told))
    }
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    rebalances,
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}
