// A result that is usually there at once: protocol's, for the layers above it.
export { chain, isPromise } from '../../protocol/maybe-promise.ts'
export type { MaybePromise } from '../../protocol/maybe-promise.ts'
