// The states of a record of a share partition: the table of SPEC.md, cell by cell. The type refuses a
// missing cell.
import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../../../../src/base/assert.ts'
import { Delivery } from '../../../../src/coordinators/share/delivery.ts'
import type { DeliveryState } from '../../../../src/coordinators/share/delivery.ts'

const limit = 5

const events = {
  acquire: (delivery: Delivery) => delivery.acquire('m', 100),
  gap: (delivery: Delivery) => delivery.acknowledge('gap', limit),
  accept: (delivery: Delivery) => delivery.acknowledge('accept', limit),
  release: (delivery: Delivery) => delivery.acknowledge('release', limit),
  reject: (delivery: Delivery) => delivery.acknowledge('reject', limit),
  renew: (delivery: Delivery) => delivery.renew(200),
  expire: (delivery: Delivery) => delivery.expire(limit),
  archive: (delivery: Delivery) => delivery.archive(),
} as const

type EventName = keyof typeof events

/** `refused`: the caller has made sure that this does not happen. */
const transitions: Record<DeliveryState, Record<EventName, DeliveryState | 'refused'>> = {
  available: {
    acquire: 'acquired',
    gap: 'refused',
    accept: 'refused',
    release: 'refused',
    reject: 'refused',
    renew: 'refused',
    expire: 'refused',
    archive: 'archived',
  },
  acquired: {
    acquire: 'refused',
    gap: 'archived',
    accept: 'acknowledged',
    release: 'available',
    reject: 'archived',
    renew: 'acquired',
    expire: 'available',
    archive: 'archived',
  },
  acknowledged: {
    acquire: 'refused',
    gap: 'refused',
    accept: 'refused',
    release: 'refused',
    reject: 'refused',
    renew: 'refused',
    expire: 'refused',
    archive: 'archived',
  },
  archived: {
    acquire: 'refused',
    gap: 'refused',
    accept: 'refused',
    release: 'refused',
    reject: 'refused',
    renew: 'refused',
    expire: 'refused',
    archive: 'archived',
  },
}

function inState(state: DeliveryState, count = 1): Delivery {
  return state === 'acquired' ? new Delivery(state, count, 'm', 50) : new Delivery(state, count)
}

describe.each(Object.entries(transitions))('what is %s', (state, row) => {
  test.each(Object.entries(row))('%s: %s', (event, outcome) => {
    const delivery = inState(state as DeliveryState)
    const happen = () => events[event as EventName](delivery)
    if (outcome === 'refused') expect(happen).toThrow(AssertionFailure)
    else {
      happen()
      expect(delivery.state).toBe(outcome)
    }
  })
})

describe('an acknowledgement', () => {
  test.each(['gap', 'accept', 'release', 'reject'] as const)(
    'that cannot be stored is none: %s',
    (type) => {
      const delivery = inState('acquired')
      delivery.acknowledge(type, limit)
      expect([delivery.isUnsettled, delivery.isAcquirable, delivery.isOver]).toEqual([
        true,
        false,
        false,
      ])
      delivery.settle(false)
      expect(delivery).toMatchObject({ state: 'acquired', memberId: 'm', lockedUntilMs: 50 })
      expect(delivery.isUnsettled).toBe(false)
    },
  )

  test('that is stored lets go', () => {
    const delivery = inState('acquired')
    delivery.acknowledge('release', limit)
    delivery.settle(true)
    expect(delivery).toMatchObject({ state: 'available', memberId: '', lockedUntilMs: 0 })
    expect(delivery.isAcquirable).toBe(true)
  })

  test('of a record that the log has lost meanwhile changes nothing', () => {
    const delivery = inState('acquired')
    delivery.acknowledge('release', limit)
    delivery.archive()
    delivery.settle(false)
    expect(delivery.state).toBe('archived')
  })
})

test('what was handed out as often as it may be is archived instead of released', () => {
  for (const event of ['release', 'expire'] as const) {
    const delivery = inState('acquired', limit)
    events[event](delivery)
    expect(delivery.state).toBe('archived')
  }
})
