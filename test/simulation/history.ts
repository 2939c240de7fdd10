// What clients of a simulated world were told, and what of it the broker broke. Knows no broker: facts come
// in, violations come out. What a power failure may take is decided by what was promised (docs/durability.md).

export type Durability = 'interval' | 'fsync' | 'os'
export type Ending = 'stopped' | 'killed' | 'power lost'

/** The rules that the world was drawn with. */
export interface Promises {
  readonly durability: Durability
  /** `ottla.durability.interval.ms`. */
  readonly intervalMs: number
}

/** What is configured for a topic, as far as it decides what may go. */
export interface Keeping {
  readonly isCompacted: boolean
  /** Null: no retention by time. */
  readonly retentionMs: number | null
  /**
   * Written by transactions: but for `fsync` power loss may take their coordinator's state and leave
   * their records, so that nothing is promised of them from then on.
   */
  readonly isTransactional?: boolean
}

export interface SentRecord {
  readonly value: string
  /** Null without one. */
  readonly key: string | null
  readonly timestampMs: number
  /** Whose record, and its number among them: the order that must hold. */
  readonly producer: string
  readonly number: number
  /** An idempotent producer's record is stored once however often it was sent. */
  readonly isIdempotent: boolean
  readonly isTombstone?: boolean
}

/** How a broker's life ended, and what the next one found. */
export interface Restart {
  readonly ending: Ending
  /** When the old one ended. */
  readonly atMs: number
  /** A call to the disk was refused in that life: what was unsynced then is not bound by time. */
  readonly hadDiskTrouble: boolean
  /** What was acknowledged before this has had its time to reach the device (interval and fsync). */
  readonly safeUntilMs: number
  readonly before: readonly Extent[]
  readonly after: readonly Extent[]
}

export interface Extent {
  readonly topic: string
  readonly partition: number
  readonly startOffset: number
  readonly endOffset: number
  readonly recoveryPoint: number
}

/** A record of a log that was read whole. */
export interface StoredRecord {
  readonly offset: number
  /** Null for a transaction's marker. */
  readonly value: string | null
  readonly key: string | null
}

interface Acknowledged {
  readonly offset: number
  readonly record: SentRecord
  readonly atMs: number
  readonly acksAll: boolean
  /** A power failure may have taken it. */
  isOptional: boolean
}

interface PartitionFacts {
  readonly name: string
  keeping: Keeping
  readonly sent: Map<string, { readonly record: SentRecord; times: number }>
  /** Which record is at an offset, as far as anyone was told. */
  readonly known: Map<number, string>
  acknowledged: Acknowledged[]
  deleteAskedTo: number
  deletedTo: number
  startOffset: number
  /** Power failed and took what was not synced. */
  hasLost: boolean
}

type Outcome = 'open' | 'commit asked' | 'committed' | 'abort asked' | 'aborted'

interface TransactionFacts {
  readonly name: string
  readonly values: { readonly partition: string; readonly value: string }[]
  outcome: Outcome
}

interface CommitFact {
  readonly offset: number
  readonly atMs: number
}

const violationsMax = 20

export class History {
  readonly violations: string[] = []
  readonly promises: Promises
  readonly #partitions = new Map<string, PartitionFacts>()
  readonly #transactions = new Map<string, TransactionFacts>()
  readonly #transactionOf = new Map<string, TransactionFacts>()
  readonly #commits = new Map<string, CommitFact[]>()
  /** A power failure took what was not synced, somewhere. */
  #hasLost = false
  #hadPowerFailure = false

  constructor(promises: Promises) {
    this.promises = promises
  }

  /** The power failed: also with fsync, what was read may be gone where it was not acknowledged. */
  get hadPowerFailure(): boolean {
    return this.#hadPowerFailure
  }

  /** A power failure may have taken what was acknowledged. */
  get hasLost(): boolean {
    return this.#hasLost
  }

  broken(what: string): void {
    if (this.violations.length < violationsMax) this.violations.push(what)
  }

  topic(topic: string, partitionCount: number, keeping: Keeping): void {
    for (let partition = 0; partition < partitionCount; partition++) {
      const name = `${topic}-${partition}`
      this.#partitions.set(name, {
        name,
        keeping,
        sent: new Map(),
        known: new Map(),
        acknowledged: [],
        deleteAskedTo: 0,
        deletedTo: 0,
        startOffset: 0,
        hasLost: false,
      })
    }
  }

  /** Retention by time is about to be asked for: from now on records may go after `retentionMs`. */
  shorten(topic: string, retentionMs: number): void {
    for (const facts of this.#partitions.values()) {
      if (!facts.name.startsWith(`${topic}-`)) continue
      const shortest = Math.min(facts.keeping.retentionMs ?? Infinity, retentionMs)
      facts.keeping = { ...facts.keeping, retentionMs: shortest }
    }
  }

  get partitionNames(): string[] {
    return [...this.#partitions.keys()]
  }

  #facts(name: string): PartitionFacts {
    const facts = this.#partitions.get(name)
    if (facts === undefined) throw new Error(`no partition ${name} in this history`)
    return facts
  }

  /** The records are about to be sent (again). */
  sending(partition: string, records: readonly SentRecord[]): void {
    const { sent } = this.#facts(partition)
    for (const record of records) {
      const known = sent.get(record.value)
      if (known === undefined) sent.set(record.value, { record, times: 1 })
      else known.times += 1
    }
  }

  acknowledged(
    partition: string,
    records: readonly SentRecord[],
    told: { readonly baseOffset: number; readonly atMs: number; readonly acksAll: boolean },
  ): void {
    const facts = this.#facts(partition)
    for (const [index, record] of records.entries()) {
      const offset = told.baseOffset + index
      const { atMs, acksAll } = told
      this.#isAt(facts, offset, record.value, 'acknowledged')
      facts.acknowledged.push({ offset, record, atMs, acksAll, isOptional: false })
    }
  }

  /** A consumer was given the record. */
  read(partition: string, offset: number, value: string): void {
    const facts = this.#facts(partition)
    if (!facts.sent.has(value)) this.broken(`${partition}@${offset} is ${value}: nobody sent it`)
    this.#isAt(facts, offset, value, 'read')
  }

  /** Nothing is promised of the partition any more: see `Keeping.isTransactional`. */
  #isUnbound({ hasLost, keeping }: PartitionFacts): boolean {
    return hasLost && keeping.isTransactional === true && this.promises.durability !== 'fsync'
  }

  #isAt(facts: PartitionFacts, offset: number, value: string, how: string): void {
    if (this.#isUnbound(facts)) return
    const before = facts.known.get(offset)
    if (before !== undefined && before !== value) {
      this.broken(`${facts.name}@${offset} was ${before}, now ${value} is ${how} there`)
    }
    facts.known.set(offset, value)
  }

  /** A consumer of committed data was given the record: its transaction must be decided by now. */
  readCommitted(partition: string, offset: number, value: string): void {
    this.read(partition, offset, value)
    const transaction = this.#transactionOf.get(value)
    if (transaction === undefined || this.#hasLost) return
    const { name, outcome } = transaction
    if (outcome === 'committed' || outcome === 'commit asked') return
    this.broken(`${partition}@${offset} ${value} is read as committed, ${name} is ${outcome}`)
  }

  deleting(partition: string, offset: number): void {
    const facts = this.#facts(partition)
    facts.deleteAskedTo = Math.max(facts.deleteAskedTo, offset)
  }

  deleted(partition: string, offset: number): void {
    const facts = this.#facts(partition)
    facts.deletedTo = Math.max(facts.deletedTo, offset)
  }

  /** The log is seen to begin at `startOffset`. */
  begins(partition: string, startOffset: number, nowMs: number): void {
    const facts = this.#facts(partition)
    if (startOffset <= facts.startOffset) return
    facts.startOffset = startOffset
    const { retentionMs } = facts.keeping
    for (const { offset, record, isOptional } of facts.acknowledged) {
      if (isOptional || offset >= startOffset || offset < facts.deleteAskedTo) continue
      const isExpired = retentionMs !== null && record.timestampMs + retentionMs <= nowMs
      if (!isExpired) this.broken(`${partition}@${offset} ${record.value} was dropped too early`)
    }
  }

  // Transactions.

  transactionSends(transaction: string, partition: string, values: readonly string[]): void {
    const known = this.#transactions.get(transaction)
    const facts = known ?? this.#beginTransaction(transaction)
    facts.values.push(...values.map((value) => ({ partition, value })))
    for (const value of values) this.#transactionOf.set(value, facts)
  }

  #beginTransaction(name: string): TransactionFacts {
    const facts = { name, values: [], outcome: 'open' as const }
    this.#transactions.set(name, facts)
    return facts
  }

  transactionIs(transaction: string, outcome: Outcome): void {
    const facts = this.#transactions.get(transaction)
    if (facts !== undefined) facts.outcome = outcome
  }

  // Committed offsets.

  offsetCommitted(group: string, partition: string, offset: number, atMs: number): void {
    const key = `${group} ${partition}`
    // A member goes back where a power failure took what it had read: its own later word counts.
    const kept = (this.#commits.get(key) ?? []).filter((commit) => commit.offset <= offset)
    this.#commits.set(key, [...kept, { offset, atMs }])
  }

  /** The least that a fetch of the committed offset, asked for now, must answer. */
  committedOffset(group: string, partition: string): number {
    const commits = this.#commits.get(`${group} ${partition}`) ?? []
    return commits.reduce((most, { offset }) => Math.max(most, offset), -1)
  }

  // Restarts.

  restarted(restart: Restart): void {
    const { ending } = restart
    const losesTail = ending === 'power lost'
    if (losesTail) this.#hadPowerFailure = true
    for (const before of restart.before) {
      const name = `${before.topic}-${before.partition}`
      const facts = this.#partitions.get(name)
      const after = restart.after.find(
        (e) => e.topic === before.topic && e.partition === before.partition,
      )
      if (facts === undefined) continue
      if (after === undefined) {
        this.broken(`${name} is gone after the broker was ${ending}`)
        continue
      }
      if (losesTail) this.#forgetLost(facts, restart, before, after)
      this.#compare(facts, ending, before, after)
    }
    if (!losesTail || this.promises.durability === 'fsync') return
    this.#hasLost = true
    const safeUntilMs = this.#safeUntil(restart)
    for (const [key, commits] of this.#commits) {
      this.#commits.set(
        key,
        commits.filter((commit) => commit.atMs < safeUntilMs),
      )
    }
  }

  /** What was acknowledged before this time is safe from the power failure. */
  #safeUntil({ safeUntilMs, hadDiskTrouble }: Restart): number {
    const isBound = this.promises.durability !== 'os' && !hadDiskTrouble
    return isBound ? safeUntilMs : -Infinity
  }

  #forgetLost(facts: PartitionFacts, restart: Restart, before: Extent, after: Extent): void {
    const { durability } = this.promises
    const safeUntilMs = this.#safeUntil(restart)
    for (const each of facts.acknowledged) {
      const isSafe =
        (durability === 'fsync' && each.acksAll) ||
        each.atMs < safeUntilMs ||
        each.offset < before.recoveryPoint
      if (!isSafe) each.isOptional = true
    }
    facts.hasLost = true
    const kept = facts.acknowledged.filter((e) => !e.isOptional || e.offset < after.endOffset)
    facts.acknowledged = kept
    const bound = new Set(kept.filter((e) => !e.isOptional).map((e) => e.offset))
    for (const offset of facts.known.keys()) {
      if (offset >= before.recoveryPoint && !bound.has(offset)) facts.known.delete(offset)
    }
  }

  #compare(facts: PartitionFacts, ending: Ending, before: Extent, after: Extent): void {
    const { name } = facts
    const last = Math.max(-1, ...facts.known.keys())
    if (after.endOffset <= last) {
      const value = facts.known.get(last)
      this.broken(`${name} ends at ${after.endOffset} once ${ending}, but ${last} held ${value}`)
    }
    if (ending === 'stopped' && after.endOffset < before.endOffset) {
      this.broken(`${name} ended at ${before.endOffset}, and at ${after.endOffset} once ${ending}`)
    }
    const start = Math.max(facts.startOffset, facts.deletedTo)
    if (after.startOffset < start) {
      this.broken(`${name} began at ${start}, and begins at ${after.startOffset} once ${ending}`)
    }
  }

  // The end.

  /** The whole log was read, all transactions being over. */
  verify(
    partition: string,
    log: { readonly records: readonly StoredRecord[]; readonly committed: readonly string[] },
    nowMs: number,
  ): void {
    const facts = this.#facts(partition)
    if (this.#isUnbound(facts)) return
    this.#verifyOrder(facts, log.records)
    this.#verifyCounts(facts, log.records)
    if (facts.keeping.isCompacted) this.#verifyCompacted(facts, log.records)
    else this.#verifyKept(facts, log.records)
    if (facts.startOffset < facts.deletedTo) {
      this.broken(`${partition} begins at ${facts.startOffset}, deleted to ${facts.deletedTo}`)
    }
    this.begins(partition, facts.startOffset, nowMs)
    this.#verifyCommitted(facts, log.committed)
  }

  #verifyOrder(facts: PartitionFacts, records: readonly StoredRecord[]): void {
    let last = -1
    const numbers = new Map<string, number>()
    for (const { offset, value } of records) {
      if (offset <= last) this.broken(`${facts.name}@${offset} comes behind ${last}`)
      last = offset
      if (value === null) continue
      this.read(facts.name, offset, value)
      const sent = facts.sent.get(value)?.record
      if (sent === undefined || !sent.isIdempotent) continue
      const before = numbers.get(sent.producer) ?? -1
      if (sent.number <= before) {
        this.broken(`${facts.name}@${offset} ${value} comes behind number ${before}`)
      }
      numbers.set(sent.producer, sent.number)
    }
  }

  #verifyCounts(facts: PartitionFacts, records: readonly StoredRecord[]): void {
    const counts = new Map<string, number>()
    for (const { value } of records) {
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    for (const [value, count] of counts) {
      const sent = facts.sent.get(value)
      const most = sent === undefined ? 0 : sent.record.isIdempotent ? 1 : sent.times
      if (count > most) this.broken(`${facts.name} has ${value} ${count} times, sent ${most} times`)
    }
  }

  #verifyKept(facts: PartitionFacts, records: readonly StoredRecord[]): void {
    const at = new Map(records.map(({ offset, value }) => [offset, value]))
    for (const { offset, record, isOptional } of facts.acknowledged) {
      if (isOptional || offset < facts.startOffset) continue
      if (at.get(offset) === record.value) continue
      this.broken(`${facts.name}@${offset} should be ${record.value}, is ${at.get(offset)}`)
    }
    if (facts.hasLost) return
    for (const [index, { offset }] of records.entries()) {
      const before = records[index - 1]?.offset ?? facts.startOffset - 1
      if (offset !== before + 1) this.broken(`${facts.name} has a hole before ${offset}`)
    }
  }

  #verifyCompacted(facts: PartitionFacts, records: readonly StoredRecord[]): void {
    const latest = new Map<string, Acknowledged>()
    for (const each of facts.acknowledged) {
      const key = each.record.key ?? ''
      if (each.isOptional || each.offset < (latest.get(key)?.offset ?? -1)) continue
      latest.set(key, each)
    }
    for (const [key, { offset, record }] of latest) {
      if (record.isTombstone === true) continue
      const found = records.findLast((stored) => stored.key === key)
      const isThere = found !== undefined && found.offset >= offset
      if (!isThere)
        this.broken(`${facts.name} lost the latest of ${key}, ${record.value}@${offset}`)
    }
  }

  #verifyCommitted(facts: PartitionFacts, committed: readonly string[]): void {
    const seen = new Set(committed)
    for (const transaction of this.#transactions.values()) {
      for (const { partition, value } of transaction.values) {
        if (partition !== facts.name) continue
        if (transaction.outcome === 'aborted' && seen.has(value)) {
          this.broken(
            `${partition}: ${value} of ${transaction.name}, aborted, is read as committed`,
          )
        }
      }
    }
    for (const value of seen) {
      const sent = facts.sent.get(value)
      if (sent === undefined) this.broken(`${facts.name}: ${value} is committed, nobody sent it`)
    }
  }

  /** A transaction stays open in the partition: what lies behind it is not read as committed. */
  hangs(partition: string, lastStableOffset: number): void {
    if (this.#hasLost) return
    this.broken(`${partition}: a transaction is open for ever at ${lastStableOffset}`)
  }

  /** After all logs: each transaction is there as a whole or not at all. */
  verifyTransactions(committed: ReadonlyMap<string, readonly string[]>): void {
    if (this.#hasLost) return
    const sets = new Map([...committed].map(([name, values]) => [name, new Set(values)]))
    for (const transaction of this.#transactions.values()) {
      const there = transaction.values.filter(
        ({ partition, value }) => sets.get(partition)?.has(value) === true,
      )
      const [is, all] = [there.length, transaction.values.length]
      const isWhole = is === all
      const { name, outcome } = transaction
      if (outcome === 'committed' && !isWhole) {
        this.broken(`${name} was committed, but ${is} of ${all} records are there`)
      }
      if (is > 0 && !isWhole) this.broken(`${name}, ${outcome}: ${is} of ${all} records are there`)
      if (is > 0 && (outcome === 'aborted' || outcome === 'open')) {
        this.broken(`${name} is ${outcome}, but its records are there`)
      }
    }
  }
}
