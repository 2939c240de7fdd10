// Removes delegation tokens that have expired, now and then: until then they lie there and open nothing.
import { KafkaError } from '../../protocol/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { sweepTokens } from '../catalog/token-control.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'

export interface TokenSweepOptions {
  readonly catalog: Pick<Catalog, 'change'>
  /** delegation.token.expiry.check.interval.ms as it is now. */
  readonly intervalMs: () => number
  readonly clock: Clock
  readonly logger: Logger
}

/** Sweeps for the first time after one interval, until it is cancelled. */
export function sweepTokensRegularly(options: TokenSweepOptions): Cancel {
  const { clock, intervalMs } = options
  let cancel: Cancel = () => undefined
  const sweepLater = (): void => {
    cancel = clock.after(intervalMs(), () => {
      void sweep(options)
      sweepLater()
    })
  }
  sweepLater()
  return () => cancel()
}

async function sweep({ catalog, clock, logger }: TokenSweepOptions): Promise<void> {
  try {
    const nowMs = clock.nowMs()
    await catalog.change(({ credentials }) => ({
      records: sweepTokens(credentials, nowMs),
      answer: undefined,
    }))
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    logger.warn({ reason: error.message }, 'expired delegation tokens cannot be removed')
  }
}
