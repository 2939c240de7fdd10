// Who can prove who they are: SCRAM credentials and delegation tokens, as the metadata records say.
// Part of the image; `apply` is the only writer. Holds no password, and no key of a token.
import { assert } from '../base/assert.ts'
import type {
  DelegationTokenRecord,
  UserScramCredentialRecord,
} from '../../protocol/codecs/metadata-records.ts'

/** Kafka's numbers of the SCRAM mechanisms. */
export const scramMechanismIds = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 } as const
export type ScramMechanism = keyof typeof scramMechanismIds

/** The mechanism of this number; undefined when it is none that is known. */
export function scramMechanismOf(id: number): ScramMechanism | undefined {
  if (id === scramMechanismIds['SCRAM-SHA-256']) return 'SCRAM-SHA-256'
  return id === scramMechanismIds['SCRAM-SHA-512'] ? 'SCRAM-SHA-512' : undefined
}

/** What the broker keeps in place of a password (RFC 5802). */
export interface ScramCredential {
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
  readonly iterations: number
}

/** A delegation token (KIP-48). Principals are written type:name. */
export interface DelegationToken {
  readonly tokenId: string
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  readonly issueMs: number
  readonly maxMs: number
  readonly expiryMs: number
}

/** The records that this part of the image is made of. */
export type CredentialRecord =
  | { readonly type: 'UserScramCredential'; readonly data: UserScramCredentialRecord }
  | {
      readonly type: 'RemoveUserScramCredential'
      readonly data: { readonly name: string; readonly mechanism: number }
    }
  | { readonly type: 'DelegationToken'; readonly data: DelegationTokenRecord }
  | { readonly type: 'RemoveDelegationToken'; readonly data: { readonly tokenId: string } }

export class Credentials {
  readonly #scram: Readonly<Record<ScramMechanism, Map<string, ScramCredential>>> = {
    'SCRAM-SHA-256': new Map(),
    'SCRAM-SHA-512': new Map(),
  }
  readonly #tokens = new Map<string, DelegationToken>()

  scram(mechanism: ScramMechanism, user: string): ScramCredential | undefined {
    return this.#scram[mechanism].get(user)
  }

  /** Users with a credential of the mechanism. */
  scramUsers(mechanism: ScramMechanism): IterableIterator<string> {
    return this.#scram[mechanism].keys()
  }

  token(tokenId: string): DelegationToken | undefined {
    return this.#tokens.get(tokenId)
  }

  tokens(): IterableIterator<DelegationToken> {
    return this.#tokens.values()
  }

  apply(record: CredentialRecord): void {
    switch (record.type) {
      case 'UserScramCredential':
        return this.#setScram(record.data)
      case 'RemoveUserScramCredential': {
        const mechanism = scramMechanismOf(record.data.mechanism)
        if (mechanism !== undefined) this.#scram[mechanism].delete(record.data.name)
        return
      }
      case 'DelegationToken':
        return this.#setToken(record.data)
      case 'RemoveDelegationToken':
        this.#tokens.delete(record.data.tokenId)
        return
    }
  }

  #setScram(data: UserScramCredentialRecord): void {
    const mechanism = scramMechanismOf(data.mechanism)
    if (mechanism === undefined) return
    assert(data.iterations > 0, 'a SCRAM credential has been hashed')
    assert(data.storedKey.length > 0, 'a SCRAM credential has a key')
    this.#scram[mechanism].set(data.name, {
      // The record's bytes may be part of a buffer that is used again.
      salt: Buffer.from(data.salt),
      storedKey: Buffer.from(data.storedKey),
      serverKey: Buffer.from(data.serverKey),
      iterations: data.iterations,
    })
  }

  #setToken(data: DelegationTokenRecord): void {
    assert(data.tokenId !== '', 'a delegation token has an id')
    this.#tokens.set(data.tokenId, {
      tokenId: data.tokenId,
      owner: data.owner,
      requester: data.requester,
      renewers: data.renewers,
      issueMs: data.issueTimestamp,
      maxMs: data.maxTimestamp,
      expiryMs: data.expirationTimestamp,
    })
  }
}
