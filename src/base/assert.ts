// Assertions stay on in production: a broken invariant must stop the broker before it damages data.

/** A bug of ours. Never caught to carry on: the broker stops without the clean-shutdown marker. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure'
}

/** Stops the broker when an invariant does not hold. Hot paths pass constant messages. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message)
}

/** The default branch of an exhaustive switch: a new case fails to compile here. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${JSON.stringify(value)}`)
}

/** The value, or the end of the broker: for look-ups that cannot miss. */
export function defined<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new AssertionFailure(message)
  return value
}
