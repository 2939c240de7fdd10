// Who is gone when a connection closes, and who is not.
import { describe, expect, test } from 'vitest'
import { MemberConnections } from '../../../src/coordinators/member-connections.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'
import { TestConnection } from '../../support/group-world.ts'

function world(timeoutMs = 5000) {
  const clock = new SimClock()
  const gone: string[] = []
  const onGone = (groupId: string, memberId: string) => gone.push(`${groupId}/${memberId}`)
  return { clock, gone, connections: new MemberConnections({ clock, timeoutMs, onGone }) }
}

describe('members and their connections', () => {
  test('all members of a closed connection are gone after the time-out', () => {
    const { clock, gone, connections } = world()
    const connection = new TestConnection()
    connections.heard('g', 'a', connection)
    connections.heard('h', 'a', connection)
    connection.close()
    clock.advance(4999)
    expect(gone).toEqual([])
    clock.advance(1)
    expect(gone).toEqual(['g/a', 'h/a'])
    expect(connections.size).toBe(0)
  })

  test('a member that moved to another connection is not bound to the first', () => {
    const { clock, gone, connections } = world()
    const [first, second] = [new TestConnection(), new TestConnection()]
    connections.heard('g', 'a', first)
    connections.heard('g', 'a', second)
    first.close()
    clock.advance(60_000)
    expect(gone).toEqual([])
    second.close()
    clock.advance(5000)
    expect(gone).toEqual(['g/a'])
  })

  test('a member heard of again in time is not gone', () => {
    const { clock, gone, connections } = world()
    const connection = new TestConnection()
    connections.heard('g', 'a', connection)
    connection.close()
    clock.advance(4000)
    connections.heard('g', 'a', new TestConnection())
    clock.advance(60_000)
    expect(gone).toEqual([])
    expect(clock.timerCount).toBe(0)
  })

  test('a member read from the log has twice the time to be heard of', () => {
    const { clock, gone, connections } = world()
    connections.expect('g', 'lost')
    connections.expect('g', 'back')
    clock.advance(9999)
    connections.heard('g', 'back', new TestConnection())
    expect(gone).toEqual([])
    clock.advance(60_000)
    expect(gone).toEqual(['g/lost'])
    expect(connections.size).toBe(1)
  })

  test('members that left are forgotten, however many the connection lives to see', () => {
    const { clock, gone, connections } = world()
    const connection = new TestConnection()
    for (let index = 0; index < 1000; index++) {
      connections.heard('g', `m${index}`, connection)
      connections.forget('g', `m${index}`)
    }
    expect(connections.size).toBe(0)
    connection.close()
    clock.advance(60_000)
    expect(gone).toEqual([])
  })

  test('nobody is watched when the time-out is -1', () => {
    const { clock, gone, connections } = world(-1)
    const connection = new TestConnection()
    connections.heard('g', 'a', connection)
    connection.close()
    clock.advance(60_000)
    expect(gone).toEqual([])
    expect(connections.size).toBe(0)
  })
})
