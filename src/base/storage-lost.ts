// No directory is left that the broker could go on with. Not a bug: the operator's business, as a
// refused start is; the broker stops without a clean end, and the next start recovers.

/** Why the broker stops; the message names the directory and the reason. */
export class StorageLost extends Error {
  override readonly name: string = 'StorageLost'
}
