// The broker's configuration as it is now: what it was started with, and what AlterConfigs has set
// since. Parts of the broker are given a `config` property that reads `current`, so a change is in
// force at their next look; nobody copies a value that may change.
import { withDynamicConfigs, type BrokerConfig } from './broker-config.ts'
import { inForce } from './describe.ts'
import type { DynamicConfigs } from './describe.ts'
import { ConfigRefused } from './refused.ts'

export class LiveConfig {
  /** What the broker was started with. */
  readonly started: BrokerConfig
  #current: BrokerConfig

  constructor(started: BrokerConfig) {
    this.started = started
    this.#current = started
  }

  get current(): BrokerConfig {
    return this.#current
  }

  /**
   * Puts dynamic values into force, in place of all that were. They were checked when they were
   * set; those that do not fit this start (another server.properties, another version) are left
   * out, as in Kafka, and named in the answer.
   */
  update(dynamic: DynamicConfigs): readonly string[] {
    const values = inForce(dynamic)
    const leftOut: string[] = []
    for (;;) {
      try {
        this.#current = values.size === 0 ? this.started : withDynamicConfigs(this.started, values)
        return leftOut
      } catch (error) {
        if (!(error instanceof ConfigRefused)) throw error
        const unfit = error.refusals.map(({ key }) => key).filter((key) => values.has(key))
        // A value that was there at the start does not go with the rest: none of the rest counts.
        const removed = unfit.length > 0 ? unfit : [...values.keys()]
        for (const key of removed) values.delete(key)
        leftOut.push(...removed)
      }
    }
  }
}
