import { describe, expect, test } from 'vitest'
import { AnswerTurns } from '../../../src/network/answer-turns.ts'

/** Turns that end when told to, and which connections were flushed since the last time asked. */
function createTurns() {
  let ends: (() => void)[] = []
  const turns = new AnswerTurns((run) => ends.push(run))
  let flushed: number[] = []
  /** Connections 0 to `count - 1` are read in one turn; who of them is held. */
  const turn = (count: number): boolean[] => {
    const held = Array.from({ length: count }, (_, connection) =>
      turns.holds({ flush: () => flushed.push(connection) }),
    )
    endTurn()
    return held
  }
  const endTurn = (): void => {
    const due = ends
    ends = []
    for (const run of due) run()
  }
  const takeFlushed = (): number[] => {
    const taken = flushed
    flushed = []
    return taken
  }
  return { turns, turn, endTurn, takeFlushed }
}

/** As many turns as it takes to see that there is a crowd. */
function crowd({ turn, takeFlushed }: ReturnType<typeof createTurns>): void {
  for (let count = 0; count < 16; count++) turn(10)
  takeFlushed()
}

describe('AnswerTurns', () => {
  test('the answers of a lone connection go at once', () => {
    const { turn, takeFlushed } = createTurns()
    for (let count = 0; count < 200; count++) expect(turn(1)).toEqual([false])
    expect(takeFlushed()).toEqual([])
  })

  test('in a crowd answers are held until the turn ends, and sent in the order of their reads', () => {
    const world = createTurns()
    crowd(world)
    expect(world.turn(4)).toEqual([true, true, true, true])
    expect(world.takeFlushed()).toEqual([0, 1, 2, 3])
  })

  test('an answer waits for 128 connections at most', () => {
    const world = createTurns()
    crowd(world)
    const flushed: number[] = []
    for (let connection = 0; connection < 129; connection++) {
      world.turns.holds({ flush: () => flushed.push(connection) })
    }
    expect(flushed).toHaveLength(128)
    world.endTurn()
    expect(flushed).toHaveLength(129)
  })

  test('when the crowd has gone, answers go at once again', () => {
    const world = createTurns()
    crowd(world)
    const held = Array.from({ length: 40 }, () => world.turn(1)[0])
    expect(held.slice(0, 32)).not.toContain(false)
    expect(held.slice(32)).not.toContain(true)
    expect(world.takeFlushed()).toHaveLength(32)
  })

  test('a lull does not end a crowd', () => {
    const world = createTurns()
    crowd(world)
    for (let count = 0; count < 100; count++) {
      expect(world.turn(1)).toEqual([true])
      expect(world.turn(5)).not.toContain(false)
    }
  })

  test('what is flushed may be held again in the same turn', () => {
    const world = createTurns()
    crowd(world)
    let again = 0
    world.turns.holds({
      flush: () => void world.turns.holds({ flush: () => (again += 1) }),
    })
    world.endTurn()
    expect(again).toBe(0)
    world.endTurn()
    expect(again).toBe(1)
  })
})
