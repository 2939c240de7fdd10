// Messages of magic 0 and 1 under compaction: found only in data directories of old brokers. A
// message, or a compressed set of them, stays whole when any of it is the latest of its key.
import type { MaybePromise } from '../base/maybe-promise.ts'
import { chain } from '../base/maybe-promise.ts'
import { readMessages } from '../../protocol/message-set.ts'
import type { OffsetMap } from './offset-map.ts'

/** Gives every key to `put`, until it answers false; answers whether all were taken. */
export function legacyKeys(
  entry: Buffer,
  limitBytes: number,
  put: (key: Buffer | null, offset: number) => boolean,
): MaybePromise<boolean> {
  return chain(readMessages(entry, 0, limitBytes), (messages) =>
    messages.every(({ key, offset }) => put(key, offset)),
  )
}

/** True when the entry holds a message that no later one supersedes. */
export function legacyStays(
  entry: Buffer,
  rules: { readonly map: OffsetMap; readonly limitBytes: number },
): MaybePromise<boolean> {
  const { map, limitBytes } = rules
  return chain(readMessages(entry, 0, limitBytes), (messages) =>
    messages.some(
      ({ key, offset }) => offset > map.latestOffset || (key !== null && offset >= map.get(key)),
    ),
  )
}
