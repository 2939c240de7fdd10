import { describe, expect, test } from 'vitest'
import { AcceptQueue } from '../../../src/network/accept-queue.ts'
import type { HeldSocket } from '../../../src/network/accept-queue.ts'
import type { Admission, ConnectionQuotas } from '../../../src/security/connection-quotas.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

class FakeSocket {
  destroyed = false
  on = () => this
  destroy(): this {
    this.destroyed = true
    return this
  }
}

/** `admissions` are given out in turn, then all enter. */
function createQueue(admissions: Admission[], backlogMax = 10) {
  const clock = new SimClock()
  const entered: string[] = []
  const sockets = new Map<string, FakeSocket>()
  const admit = (): Admission => admissions.shift() ?? { kind: 'enters', afterMs: 0 }
  const quotas = { admit } satisfies Partial<ConnectionQuotas> as unknown as ConnectionQuotas
  const queue = new AcceptQueue({ quotas, clock, backlogMax: () => backlogMax })
  const offer = (name: string, listenerName = 'A'): void => {
    const fake = new FakeSocket()
    sockets.set(name, fake)
    const limits = { broker: 1, listener: 1 }
    queue.offer(listenerName, {
      socket: fake as unknown as HeldSocket,
      arrival: () => ({ listenerName, address: '10.0.0.1', limits }),
      enter: () => entered.push(name),
    })
  }
  const closed = () => [...sockets].filter(([, { destroyed }]) => destroyed).map(([name]) => name)
  return { clock, queue, entered, sockets, offer, closed }
}

describe('new connections', () => {
  test('come in at once where nothing holds them back', () => {
    const { offer, entered, clock } = createQueue([])
    offer('a')
    offer('b')
    expect(entered).toEqual(['a', 'b'])
    expect(clock.timerCount).toBe(0)
  })

  test('wait behind the one that waits, on the same listener alone', () => {
    const { offer, entered, clock } = createQueue([{ kind: 'enters', afterMs: 500 }])
    offer('a')
    offer('b')
    offer('other', 'B')
    expect(entered).toEqual(['other'])
    clock.advance(500)
    expect(entered).toEqual(['other', 'a', 'b'])
  })

  test('of a quick address are closed after a while, and hold up nobody', () => {
    const { offer, entered, closed, clock } = createQueue([{ kind: 'is-closed', afterMs: 1000 }])
    offer('a')
    offer('b')
    expect([entered, closed()]).toEqual([['b'], []])
    clock.advance(1000)
    expect(closed()).toEqual(['a'])
  })

  test('beyond the backlog are closed', () => {
    const { offer, entered, closed, clock } = createQueue([{ kind: 'enters', afterMs: 500 }], 1)
    for (const name of ['a', 'b', 'c']) offer(name)
    expect(closed()).toEqual(['c'])
    clock.advance(500)
    expect(entered).toEqual(['a', 'b'])
  })

  test('that are gone when their turn comes do not enter', () => {
    const { offer, entered, sockets, clock } = createQueue([{ kind: 'enters', afterMs: 500 }])
    offer('a')
    offer('b')
    sockets.get('a')?.destroy()
    clock.advance(500)
    expect(entered).toEqual(['b'])
  })

  test('that wait when the broker stops are closed, and leave no timer', () => {
    const { offer, queue, entered, closed, clock } = createQueue([
      { kind: 'is-closed', afterMs: 1000 },
      { kind: 'enters', afterMs: 500 },
    ])
    for (const name of ['a', 'b', 'c']) offer(name)
    queue.close()
    expect(closed()).toEqual(['a', 'b', 'c'])
    clock.advance(5000)
    expect([entered, clock.timerCount]).toEqual([[], 0])
  })
})
