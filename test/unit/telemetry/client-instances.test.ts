import { describe, expect, test } from 'vitest'
import {
  ClientInstance,
  ClientInstances,
  instancesMax,
} from '../../../src/telemetry/client-instances.ts'

const subscription = { id: 1, metrics: ['*'], intervalMs: 1000 }
const instance = (id: string, intervalMs = 1000) =>
  new ClientInstance(id, { ...subscription, intervalMs }, 1)

describe('a client', () => {
  test('asks and pushes once in an interval; its first push may come at once', () => {
    const client = instance('a')
    expect(client.mayAsk(0)).toBe(true)
    expect(client.mayAsk(999)).toBe(false)
    expect(client.mayPush(10)).toBe(true)
    expect(client.mayPush(1009)).toBe(false)
    expect(client.mayAsk(1009)).toBe(false)
    expect(client.mayPush(1010)).toBe(true)
    expect(client.mayAsk(2010)).toBe(true)
    expect(client.mayPush(2011)).toBe(true)
  })

  test('may push without ever having asked: another broker may have been asked', () => {
    expect(instance('a').mayPush(0)).toBe(true)
  })
})

describe('the known clients', () => {
  test('are forgotten after three missed pushes, and not before a minute', () => {
    const clients = new ClientInstances()
    clients.touch(instance('quick'), 0)
    clients.touch(instance('slow', 60_000), 0)
    expect(clients.of('quick', 59_999)).toBeDefined()
    expect(clients.of('quick', 60_000)).toBeUndefined()
    expect(clients.of('slow', 179_999)).toBeDefined()
    expect(clients.of('slow', 180_000)).toBeUndefined()
  })

  test('are bounded: the one not heard of for longest goes', () => {
    const clients = new ClientInstances()
    for (let i = 0; i < instancesMax; i++) clients.touch(instance(`c${i}`), i)
    const first = clients.of('c0', 100)
    if (first !== undefined) clients.touch(first, instancesMax)
    clients.touch(instance('one more'), instancesMax)
    expect(clients.size).toBe(instancesMax)
    expect(clients.of('c0', instancesMax)).toBeDefined()
    expect(clients.of('c1', instancesMax)).toBeUndefined()
  })
})
