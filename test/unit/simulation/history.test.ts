// The judge of the simulation, judged: each promise that is broken is a violation, and what the promises allow is
// none.
import { describe, expect, test } from 'vitest'
import { History } from '../../simulation/history.ts'
import type {
  Ending,
  Extent,
  Promises,
  SentRecord,
  StoredRecord,
} from '../../simulation/history.ts'

const plain = { isCompacted: false, retentionMs: null }
const records = ['a', 'b', 'c'].map((value, number) => sent(value, { number }))

function sent(value: string, changes: Partial<SentRecord> = {}): SentRecord {
  const known = { key: null, timestampMs: 0, producer: 'p', number: 0, isIdempotent: true }
  return { value, ...known, ...changes }
}

/** `p-0`, to which a, b and c were sent and acknowledged at 0, 1 and 2, at the time 100. */
function acknowledged(durability: Promises['durability'] = 'interval', keeping = plain): History {
  const history = new History({ durability, intervalMs: 50 })
  history.topic('p', 1, keeping)
  history.sending('p-0', records)
  history.acknowledged('p-0', records, { baseOffset: 0, atMs: 100, acksAll: true })
  return history
}

function stored(...values: readonly (string | null)[]): StoredRecord[] {
  return values.map((value, offset) => ({ offset, value, key: null }))
}

function verify(history: History, log: readonly StoredRecord[], committed?: string[]): string[] {
  const values = committed ?? log.flatMap(({ value }) => value ?? [])
  history.verify('p-0', { records: log, committed: values }, 1000)
  return history.violations
}

function restart(
  history: History,
  ending: Ending,
  facts: { before?: Partial<Extent>; after?: Partial<Extent>; safeUntilMs?: number } = {},
): string[] {
  const extent = { topic: 'p', partition: 0, startOffset: 0, endOffset: 3, recoveryPoint: 0 }
  history.restarted({
    ending,
    atMs: 200,
    hadDiskTrouble: false,
    safeUntilMs: facts.safeUntilMs ?? 0,
    before: [{ ...extent, ...facts.before }],
    after: [{ ...extent, ...facts.after }],
  })
  return history.violations
}

describe('a log', () => {
  test('that is what was acknowledged breaks nothing', () => {
    expect(verify(acknowledged(), stored('a', 'b', 'c'))).toEqual([])
  })

  test.each<[string, readonly StoredRecord[], string]>([
    ['lacks an acknowledged record', stored('a', 'b'), 'should be c'],
    ['has another record in its place', stored('a', 'c', 'b'), '@1 was b, now c'],
    ['has a record that nobody sent', stored('a', 'b', 'c', 'x'), 'nobody sent it'],
    ['has an idempotent record twice', stored('a', 'b', 'c', 'c'), 'c 2 times'],
    ['goes back', [...stored('a', 'b', 'c'), ...stored('a')], 'comes behind 2'],
    ['has a hole', stored('a', 'b', 'c').filter(({ offset }) => offset !== 1), 'hole before 2'],
  ])('that %s is found', (_what, log, violation) => {
    expect(verify(acknowledged(), log).join()).toContain(violation)
  })

  test('may have a plain record as often as it was sent', () => {
    const history = new History({ durability: 'interval', intervalMs: 50 })
    history.topic('p', 1, plain)
    const retried = [sent('a', { isIdempotent: false })]
    history.sending('p-0', retried)
    history.sending('p-0', retried)
    expect(verify(history, stored('a', 'a'))).toEqual([])
    expect(verify(history, stored('a', 'a', 'a')).join()).toContain('3 times, sent 2')
  })

  test('that is compacted keeps the latest of each key', () => {
    const history = new History({ durability: 'interval', intervalMs: 50 })
    history.topic('p', 1, { isCompacted: true, retentionMs: null })
    const keyed = [sent('a', { key: 'k' }), sent('b', { key: 'k', number: 1 })]
    history.sending('p-0', keyed)
    history.acknowledged('p-0', keyed, { baseOffset: 0, atMs: 100, acksAll: true })
    expect(verify(history, [{ offset: 1, value: 'b', key: 'k' }])).toEqual([])
    expect(verify(history, []).join()).toContain('lost the latest of k')
  })
})

describe('the log start', () => {
  test('moves over what was asked to go and over what is too old', () => {
    const history = acknowledged()
    history.deleting('p-0', 1)
    history.begins('p-0', 1, 1000)
    history.shorten('p', 500)
    history.begins('p-0', 2, 1000)
    expect(history.violations).toEqual([])
  })

  test('never moves over what is to be kept', () => {
    const history = acknowledged()
    history.begins('p-0', 1, 1000)
    expect(history.violations.join()).toContain('a was dropped too early')
  })

  test('never goes back over a restart', () => {
    const history = acknowledged()
    history.deleting('p-0', 2)
    history.begins('p-0', 2, 1000)
    expect(restart(history, 'killed').join()).toContain('began at 2, and begins at 0')
  })
})

describe('after a restart', () => {
  test.each<Ending>(['stopped', 'killed'])('%s, all is there', (ending) => {
    expect(restart(acknowledged(), ending)).toEqual([])
    expect(restart(acknowledged(), ending, { after: { endOffset: 2 } }).join()).toContain('held c')
  })

  test('power loss takes the unsynced end with interval and os, and is not asked for it', () => {
    for (const durability of ['interval', 'os'] as const) {
      const history = acknowledged(durability)
      expect(restart(history, 'power lost', { after: { endOffset: 1 } })).toEqual([])
      expect(verify(history, stored('a'))).toEqual([])
    }
  })

  test('power loss takes nothing below the recovery point, nothing old, nothing with fsync', () => {
    const after = { endOffset: 1 }
    const below = restart(acknowledged('os'), 'power lost', { before: { recoveryPoint: 3 }, after })
    const old = restart(acknowledged('interval'), 'power lost', { safeUntilMs: 150, after })
    const synced = restart(acknowledged('fsync'), 'power lost', { after })
    for (const violations of [below, old, synced]) expect(violations.join()).toContain('2 held c')
  })

  test('a partition that is gone is found', () => {
    const history = acknowledged()
    const before = [{ topic: 'p', partition: 0, startOffset: 0, endOffset: 3, recoveryPoint: 0 }]
    const facts = { atMs: 0, hadDiskTrouble: false, safeUntilMs: 0, before, after: [] }
    history.restarted({ ...facts, ending: 'power lost' })
    expect(history.violations.join()).toContain('p-0 is gone')
  })
})

describe('transactions', () => {
  function transaction(...values: string[]): History {
    const history = acknowledged()
    history.transactionSends('t#1', 'p-0', values)
    return history
  }

  test('are read as a whole or not at all', () => {
    const history = transaction('a', 'b')
    history.transactionIs('t#1', 'commit asked')
    history.verifyTransactions(new Map([['p-0', ['a', 'b', 'c']]]))
    history.verifyTransactions(new Map([['p-0', ['c']]]))
    expect(history.violations).toEqual([])
    history.verifyTransactions(new Map([['p-0', ['a', 'c']]]))
    expect(history.violations.join()).toContain('1 of 2 records')
  })

  test('are there once committed, and not there once aborted', () => {
    const committed = transaction('a')
    committed.transactionIs('t#1', 'committed')
    committed.verifyTransactions(new Map([['p-0', []]]))
    expect(committed.violations.join()).toContain('was committed, but 0 of 1')
    const aborted = transaction('a')
    aborted.transactionIs('t#1', 'aborted')
    expect(verify(aborted, stored('a', 'b', 'c')).join()).toContain('aborted, is read')
  })

  test('are not read as committed while they are open', () => {
    const history = transaction('a')
    history.readCommitted('p-0', 0, 'a')
    expect(history.violations.join()).toContain('t#1 is open')
  })

  test('end', () => {
    const history = transaction('a')
    history.hangs('p-0', 0)
    expect(history.violations.join()).toContain('open for ever at 0')
  })
})

test('a committed offset is the highest that was acknowledged, and power loss may take a late one', () => {
  const history = acknowledged()
  history.offsetCommitted('g', 'p-0', 1, 100)
  history.offsetCommitted('g', 'p-0', 3, 180)
  expect(history.committedOffset('g', 'p-0')).toBe(3)
  restart(history, 'power lost', { safeUntilMs: 150 })
  expect(history.committedOffset('g', 'p-0')).toBe(1)
})
