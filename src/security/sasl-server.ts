// What a SASL mechanism is to the rest of the broker: bytes in, bytes out, in the end a user or not.
import type { MaybePromise } from '../base/maybe-promise.ts'

/** Who has proved who they are. */
export interface SaslIdentity {
  /** The user's name, without User:. */
  readonly user: string
  /** By a delegation token: such a user gets no further tokens. */
  readonly byToken: boolean
  /** Wall-clock ms when what was shown ends; null: never. */
  readonly expiresAtMs: number | null
}

export type SaslStep =
  | { readonly kind: 'continue'; readonly bytes: Buffer }
  | { readonly kind: 'done'; readonly bytes: Buffer; readonly identity: SaslIdentity }
  | SaslFailure

export interface SaslFailure {
  readonly kind: 'failed'
  /** What the client is told; null: only that its credentials do not do. */
  readonly message: string | null
  /** For the log: what exactly. Holds no secret and no text of the client's. */
  readonly reason: string
}

/** One exchange of one mechanism. After `done` or `failed` it is over. */
export interface SaslServer {
  evaluate(message: Buffer): MaybePromise<SaslStep>
}

export function failed(reason: string, message: string | null = null): SaslFailure {
  return { kind: 'failed', message, reason }
}

export const noBytes = Buffer.alloc(0)
