// InitProducerId answers: idempotent producers, and refusals.
import { describe, expect, test } from 'vitest'
import { handleInitProducerId } from '../../../src/handlers/init-producer-id.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

describe('InitProducerId', () => {
  async function ask(
    changes: {
      transactionalId?: string
      timeout?: number
      producerId?: number
      producerEpoch?: number
    },
    broker?: AdminBroker,
  ) {
    const on = broker ?? (await createAdminBroker())
    const request = {
      transactionalId: changes.transactionalId ?? null,
      transactionTimeoutMs: changes.timeout ?? 60_000,
      producerId: changes.producerId ?? -1,
      producerEpoch: changes.producerEpoch ?? -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    }
    const { errorCode, producerId, producerEpoch } = await answerOf(
      handleInitProducerId(on.services, request, on.context(4)),
    )
    return [errorCode, producerId, producerEpoch]
  }

  test('an idempotent producer gets a new id every time, also when it has one', async () => {
    const broker = await createAdminBroker()
    expect(await ask({}, broker)).toEqual([0, 0, 0])
    expect(await ask({ producerId: 0, producerEpoch: 0 }, broker)).toEqual([0, 1, 0])
  })

  test.each([
    ['an id without an epoch', { producerId: 5 }, 42],
    ['an epoch without an id', { producerEpoch: 5 }, 42],
    ['an empty transactional id', { transactionalId: '' }, 42],
    ['a transaction timeout of 0', { transactionalId: 't', timeout: 0 }, 50],
    ['a transaction timeout beyond the limit', { transactionalId: 't', timeout: 900_001 }, 50],
  ])('%s is refused', async (_what, changes, error) => {
    expect(await ask(changes)).toEqual([error, -1, -1])
  })

  test('a transactional id keeps its producer id and gets the next epoch every time', async () => {
    const broker = await createAdminBroker()
    expect(await ask({ transactionalId: 't' }, broker)).toEqual([0, 0, 0])
    expect(await ask({ transactionalId: 't' }, broker)).toEqual([0, 0, 1])
    expect(await ask({ transactionalId: 'u' }, broker)).toEqual([0, 1, 0])
    const stale = { transactionalId: 't', producerId: 0, producerEpoch: 0 }
    expect(await ask(stale, broker)).toEqual([90, -1, -1])
    broker.denied.add('write transactional-id t')
    expect(await ask({ transactionalId: 't' }, broker)).toEqual([53, -1, -1])
  })

  test('those who may not write get no id, and nobody while the disk refuses', async () => {
    const broker = await createAdminBroker()
    broker.log.failAfter = 0
    expect(await ask({}, broker)).toEqual([56, -1, -1])
    broker.denied.add('idempotent-write cluster *')
    expect(await ask({}, broker)).toEqual([31, -1, -1])
  })
})
