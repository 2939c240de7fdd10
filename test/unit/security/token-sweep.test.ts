import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import { createToken } from '../../../src/catalog/token-control.ts'
import type { LogFields, Logger } from '../../../src/io/logger.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { sweepTokensRegularly } from '../../../src/security/token-sweep.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const hourMs = 3_600_000

/** Lets what was begun come to its end: none of it waits for the world. */
const settle = (): Promise<unknown> => setImmediate()

test('a token is removed at the first sweep behind its expiry, and not before', async () => {
  const broker = await SimBroker.start({ 'delegation.token.expiry.check.interval.ms': '3600000' })
  const { catalog } = broker.core.services
  const creation = { owner: 'User:a', requester: 'User:a', renewers: [], maxLifetimeMs: 0 }
  for (const hours of [1.5, 5]) {
    const times = { maxLifetimeMs: hours * hourMs, expiryMs: hours * hourMs }
    const plan = createToken(
      { ...creation, tokenId: `for ${hours} h` },
      times,
      broker.clock.nowMs(),
    )
    if (plan.error !== null) throw new Error(plan.error)
    await catalog.commit(plan.records)
  }
  const left = () => [...catalog.image.credentials.tokens()].map(({ tokenId }) => tokenId)
  broker.clock.advance(1.9 * hourMs)
  await settle()
  expect(left()).toEqual(['for 1.5 h', 'for 5 h'])
  broker.clock.advance(0.2 * hourMs)
  await settle()
  expect(left()).toEqual(['for 5 h'])
  broker.clock.advance(10 * hourMs)
  await settle()
  expect(left()).toEqual([])
  expect(broker.bugs).toEqual([])
})

test('a sweep that cannot write says so, and the next one comes; none after the end', async () => {
  const clock = new SimClock()
  let tries = 0
  const catalog = {
    change: () => {
      tries += 1
      return Promise.reject(new KafkaError('KAFKA_STORAGE_ERROR'))
    },
  }
  const warnings: LogFields[] = []
  const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) }
  const end = sweepTokensRegularly({ catalog, intervalMs: () => hourMs, clock, logger })
  clock.advance(2 * hourMs)
  await settle()
  expect(tries).toBe(2)
  expect(warnings.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('KAFKA_STORAGE_ERROR'),
    expect.stringContaining('KAFKA_STORAGE_ERROR'),
  ])
  end()
  clock.advance(10 * hourMs)
  expect(tries).toBe(2)
  expect(clock.timerCount).toBe(0)
})
