// What has become of one record of a share partition, or of a run of records that share one fate
// (KIP-932): the states that a record goes through. SPEC.md holds the table.
import { assert } from '../../base/assert.ts'

/** As Kafka numbers them in its records. */
export const deliveryStates = { available: 0, acquired: 1, acknowledged: 2, archived: 4 } as const

export type DeliveryState = keyof typeof deliveryStates

/** What a consumer says of a record. Renewing leaves it acquired. */
export type AcknowledgeType = 'gap' | 'accept' | 'release' | 'reject' | 'renew'

/** What an acknowledgement makes of an acquired record. */
const outcomes = {
  // An offset without a record: compacted away, or a control record.
  gap: 'archived',
  accept: 'acknowledged',
  release: 'available',
  reject: 'archived',
} as const satisfies Record<Exclude<AcknowledgeType, 'renew'>, DeliveryState>

/** Nobody holds it. */
export const noMember = ''

export class Delivery {
  state: DeliveryState
  /** How often it was handed out. */
  count: number
  /** Who holds it while it is acquired, else ''. */
  memberId: string
  /** Monotonic ms at which the hold ends; 0 while nobody holds it. */
  lockedUntilMs: number
  /** Who held it before the change that is being stored; null when none is. */
  #heldBefore: string | null = null

  constructor(state: DeliveryState, count: number, memberId = noMember, lockedUntilMs = 0) {
    assert((state === 'acquired') === (memberId !== noMember), 'who is acquired is held by one')
    this.state = state
    this.count = count
    this.memberId = memberId
    this.lockedUntilMs = lockedUntilMs
  }

  /** One of several that this one stands for. */
  copy(): Delivery {
    assert(this.#heldBefore === null, 'what is being stored is not divided')
    return new Delivery(this.state, this.count, this.memberId, this.lockedUntilMs)
  }

  /** A change of it is being stored: until then it can be neither acquired nor acknowledged. */
  get isUnsettled(): boolean {
    return this.#heldBefore !== null
  }

  get isAcquirable(): boolean {
    return this.state === 'available' && !this.isUnsettled
  }

  /** Its way has ended, and that is stored. */
  get isOver(): boolean {
    return this.isTerminal && !this.isUnsettled
  }

  get isTerminal(): boolean {
    return this.state === 'acknowledged' || this.state === 'archived'
  }

  isHeldBy(memberId: string): boolean {
    return this.state === 'acquired' && this.memberId === memberId
  }

  acquire(memberId: string, lockedUntilMs: number): void {
    assert(this.isAcquirable && memberId !== noMember, 'only what is available is acquired')
    this.state = 'acquired'
    this.count += 1
    this.memberId = memberId
    this.lockedUntilMs = lockedUntilMs
  }

  renew(lockedUntilMs: number): void {
    assert(this.state === 'acquired', 'only a hold is renewed')
    this.lockedUntilMs = lockedUntilMs
  }

  /**
   * Takes the consumer's word, until `settle` says whether that is stored. A record that was handed
   * out as often as it may be is archived instead of released.
   */
  acknowledge(type: Exclude<AcknowledgeType, 'renew'>, countLimit: number): void {
    assert(this.state === 'acquired' && !this.isUnsettled, 'only a hold is acknowledged')
    this.#heldBefore = this.memberId
    this.#letGo(outcomes[type], countLimit)
  }

  /** What was acknowledged is stored, or is not: then it is held as before. */
  settle(isStored: boolean): void {
    const memberId = this.#heldBefore
    if (memberId === null) return
    this.#heldBefore = null
    if (isStored) {
      this.lockedUntilMs = 0
      return
    }
    this.state = 'acquired'
    this.memberId = memberId
  }

  /** The hold is over without a word: for the next one, or archived when there is no next time. */
  expire(countLimit: number): void {
    assert(this.state === 'acquired' && !this.isUnsettled, 'only a hold runs out')
    this.#letGo('available', countLimit)
    this.lockedUntilMs = 0
  }

  /** Nobody will get it (any more): it is not in the log, or was never to be seen. */
  archive(): void {
    this.state = 'archived'
    this.memberId = noMember
    this.lockedUntilMs = 0
    this.#heldBefore = null
  }

  #letGo(state: DeliveryState, countLimit: number): void {
    const isLast = state === 'available' && this.count >= countLimit
    this.state = isLast ? 'archived' : state
    this.memberId = noMember
  }
}
