// The command lines of Kafka's tutorials, given to our tools and to Apache Kafka's own: what they print and how they
// end is the same. Where Java or Maven is missing one line says so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { startKafkaTools } from '../support/kafka-tools.ts'
import { newScenarioDirectory, runBoth, type Side } from '../support/tool-comparison.ts'
import { toolScenario } from '../support/tool-scenario.ts'

const started = await startKafkaTools()

if (typeof started === 'string') {
  test('Apache Kafka is not here', () => {
    console.log(`The tools were not compared with Apache Kafka's: ${started}.`)
    expect(started).toContain('is not here')
  })
} else {
  const kafka = started
  const brokers: TestBroker[] = []
  let sides: { readonly ours: Side; readonly theirs: Side }
  beforeAll(async () => {
    const [ours, theirs] = await Promise.all([newSide(brokers), newSide(brokers)])
    sides = { ours, theirs }
  })
  afterAll(async () => {
    await kafka.close()
    for (const broker of brokers) await broker.stop()
  })

  describe("our tools answer as Apache Kafka's about", () => {
    test.each(Object.entries(toolScenario))('%s', async (_, steps) => {
      expect(steps.length).toBeGreaterThan(0)
      for (const step of steps) {
        const { ours, theirs } = await runBoth(step, kafka, sides)
        expect.soft(ours, step.line).toEqual(theirs)
      }
    })
  })
}

async function newSide(brokers: TestBroker[]): Promise<Side> {
  const users = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  const broker = await startTestBroker({
    overrides: {
      listeners: 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${users} user_alice="alice-secret";`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'allow.everyone.if.no.acl.found': true,
      'delegation.token.secret.key': 'the-tokens-secret',
    },
  })
  brokers.push(broker)
  const [ready = ''] = /^ottla ready on .*$/m.exec(broker.output()) ?? []
  const [bootstrap = '', sasl = ''] = ready.match(/127\.0\.0\.1:\d+/g) ?? []
  return { bootstrap, sasl, dataDir: broker.dataDir, files: newScenarioDirectory() }
}
