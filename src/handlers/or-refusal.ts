// Turns a thrown KafkaError into an answer, for APIs that answer per item.
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { KafkaError } from '../../protocol/errors.ts'

/**
 * What `run` gives, or what `refused` makes of the KafkaError that it throws. Other errors pass.
 */
export function orRefusal<T>(
  run: () => MaybePromise<T>,
  refused: (error: KafkaError) => T,
): MaybePromise<T> {
  const recover = (error: unknown): T => {
    if (error instanceof KafkaError) return refused(error)
    throw error
  }
  try {
    const result = run()
    return isPromise(result) ? result.catch(recover) : result
  } catch (error) {
    return recover(error)
  }
}
