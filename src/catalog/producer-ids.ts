// Producer ids (KIP-360): unique for the cluster's life. A block is given away in the journal
// before its first id is used, so that no restart gives an id twice; what is left of a block is
// lost then.
import { assert } from '../base/assert.ts'
import { toProducerId } from '../base/brands.ts'
import type { ProducerId } from '../base/brands.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Catalog } from './catalog.ts'
import { producerIdsRecord } from './records.ts'

/** Ids per ProducerIdsRecord, as in Kafka. */
export const producerIdBlockSize = 1000

export class ProducerIds {
  readonly #catalog: Catalog
  #next = 0
  /** First id behind the block. */
  #end = 0
  #allocation: Promise<void> | null = null

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /**
   * An id that nobody got before. Rejects with KAFKA_STORAGE_ERROR when no block can be written.
   */
  next(): MaybePromise<ProducerId> {
    if (this.#next < this.#end) return toProducerId(this.#next++)
    return chain(this.#allocate(), () => this.next())
  }

  #allocate(): MaybePromise<void> {
    if (this.#allocation !== null) return this.#allocation
    assert(this.#next === this.#end, 'a block is used up before the next')
    const block = this.#catalog.change((image) => {
      const first = image.nextProducerId
      const brokerEpoch = this.#catalog.registration?.brokerEpoch ?? -1
      const broker = { brokerId: this.#catalog.nodeId, brokerEpoch }
      return {
        records: [producerIdsRecord(broker, first + producerIdBlockSize)],
        answer: first,
      }
    })
    if (!isPromise(block)) return this.#use(block)
    this.#allocation = block.then(
      (first) => {
        this.#allocation = null
        this.#use(first)
      },
      (error: unknown) => {
        this.#allocation = null
        throw error
      },
    )
    return this.#allocation
  }

  #use(first: number): void {
    assert(first >= this.#end, 'a block of producer ids is used once')
    this.#next = first
    this.#end = first + producerIdBlockSize
  }
}
