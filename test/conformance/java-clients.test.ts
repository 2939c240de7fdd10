// Unmodified Java clients and a Kafka Streams application doing what their users do: each check is
// a method in test/java/*Checks.java. Where Java or Maven is missing one line says so.
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import {
  javaChecksIn,
  sentenceOf,
  startJavaChecks,
  type JavaChecks,
  type JavaSuite,
} from '../support/java-checks.ts'
import { jars } from '../support/java.ts'

const suites: readonly (JavaSuite & { readonly title: string })[] = [
  { title: 'groups, Java client 4.3', name: 'GroupChecks', jars: 'clients' },
  { title: 'share groups, Java client 4.3', name: 'ShareChecks', jars: 'clients' },
  { title: 'transactions, Java client 4.3', name: 'TransactionChecks', jars: 'clients' },
  { title: 'transactions, Java client 3.7', name: 'TransactionChecks', jars: 'older-clients' },
  { title: 'Kafka Streams 4.3', name: 'StreamsChecks', jars: 'clients' },
  { title: 'Kafka Streams 4.3, streams groups', name: 'StreamsGroupChecks', jars: 'clients' },
]

const found = await jars('clients')

if ('missing' in found) {
  test('the Java clients are not here', () => {
    console.log(`The Java clients' tests did not run: ${found.missing}.`)
    expect(found.missing).toContain('is not here')
  })
} else describe('an unmodified Java program', runSuites)

function runSuites(): void {
  let broker: TestBroker

  beforeAll(async () => {
    // Members hear of a rebalance with their next heartbeat.
    const overrides = {
      'group.consumer.heartbeat.interval.ms': 100,
      'group.consumer.min.heartbeat.interval.ms': 100,
      'group.streams.heartbeat.interval.ms': 100,
      'group.streams.min.heartbeat.interval.ms': 100,
      'group.streams.initial.rebalance.delay.ms': 0,
    }
    broker = await startTestBroker({ overrides })
  })

  afterAll(async () => {
    await broker?.stop()
  })

  describe.each(suites)('$title', (suite) => {
    let checks: JavaChecks

    beforeAll(async () => {
      const started = await startJavaChecks(suite, broker.bootstrap)
      if (typeof started === 'string') throw new Error(started)
      checks = started
    })

    afterAll(() => checks?.close())

    it.each(javaChecksIn(suite.name).map((check) => [sentenceOf(check), check]))(
      '%s',
      async (_sentence, check = '') => {
        await expect(checks.run(check)).resolves.toBeUndefined()
      },
    )
  })
}
