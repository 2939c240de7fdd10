// The order demo in kafkajs, as a user runs it: every message arrives once, in order per key,
// within a second.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { expectOnceAndInOrder, expectPromptDelivery, linesMatching } from '../support/demo-lines.ts'
import { runProgram, runToExit } from '../support/program.ts'

const count = 30

let broker: TestBroker

beforeAll(async () => {
  broker = await startTestBroker()
})

afterAll(async () => {
  await broker?.stop()
})

it('each order reaches payment and inventory, and each payment the notification', async () => {
  const { lines } = await runProgram(
    process.execPath,
    ['examples/order-payment-js/run.js', '--count', String(count), '--interval', '0.02'],
    { KAFKA_BOOTSTRAP: broker.bootstrap },
  )
  expectPromptDelivery(lines)
  for (const service of ['order', 'payment', 'inventory', 'notification']) {
    const handled = linesMatching(
      lines,
      new RegExp(`^\\[${service}\\] order (\\d+) of user (\\d+)`),
    )
    expectOnceAndInOrder(handled, count)
  }
})

it('a broker that is not running is a plain message', async () => {
  const run = await runToExit(process.execPath, ['examples/order-payment-js/run.js'], {
    KAFKA_BOOTSTRAP: '127.0.0.1:1',
  })
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('No Kafka broker at 127.0.0.1:1')
  expect(run.stderr).not.toMatch(/^ +at /m)
})
