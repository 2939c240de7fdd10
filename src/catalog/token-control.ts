// What the requests about delegation tokens decide (KIP-48): from the image and a request to records and
// an answer, as Kafka's controller decides. Pure; a token's key is made by those who ask.
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import type { Credentials, DelegationToken } from './credentials.ts'
import type { MetadataRecord } from './records.ts'

/** delegation.token.max.lifetime.ms and delegation.token.expiry.time.ms. */
export interface TokenTimes {
  readonly maxLifetimeMs: number
  readonly expiryMs: number
}

export type TokenPlan =
  | { readonly error: null; readonly token: DelegationToken; readonly records: MetadataRecord[] }
  | { readonly error: ErrorName }

export interface TokenCreation {
  readonly tokenId: string
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  /** 0 and less: as long as the broker allows. */
  readonly maxLifetimeMs: number
}

/** A new token: valid for a while, renewable up to its end. */
export function createToken(creation: TokenCreation, times: TokenTimes, nowMs: number): TokenPlan {
  const { tokenId, owner, requester, renewers } = creation
  assert(tokenId !== '', 'a delegation token has an id')
  const lifetimeMs =
    creation.maxLifetimeMs > 0
      ? Math.min(times.maxLifetimeMs, creation.maxLifetimeMs)
      : times.maxLifetimeMs
  const maxMs = later(nowMs, lifetimeMs)
  const expiryMs = Math.min(maxMs, later(nowMs, times.expiryMs))
  const token = { tokenId, owner, requester, renewers, issueMs: nowMs, maxMs, expiryMs }
  return { error: null, token, records: [tokenRecord(token)] }
}

/** Prolongs a token for its owner or a renewer. */
export function renewToken(
  token: DelegationToken | undefined,
  request: { readonly principal: string; readonly periodMs: number },
  { times, nowMs }: { readonly times: TokenTimes; readonly nowMs: number },
): TokenPlan {
  if (token === undefined) return { error: 'DELEGATION_TOKEN_NOT_FOUND' }
  if (isExpired(token, nowMs)) return { error: 'DELEGATION_TOKEN_EXPIRED' }
  if (!ownsOrRenews(token, request.principal)) return { error: 'DELEGATION_TOKEN_OWNER_MISMATCH' }
  const periodMs =
    request.periodMs > 0 ? Math.min(times.expiryMs, request.periodMs) : times.expiryMs
  return changed(token, later(nowMs, periodMs))
}

/** Ends a token, now (a period below 0) or after the period. */
export function expireToken(
  token: DelegationToken | undefined,
  request: { readonly principal: string; readonly periodMs: number },
  nowMs: number,
): TokenPlan {
  if (token === undefined) return { error: 'DELEGATION_TOKEN_NOT_FOUND' }
  if (!ownsOrRenews(token, request.principal)) return { error: 'DELEGATION_TOKEN_OWNER_MISMATCH' }
  if (request.periodMs < 0) {
    return { error: null, token: { ...token, expiryMs: nowMs }, records: [removal(token)] }
  }
  if (isExpired(token, nowMs)) return { error: 'DELEGATION_TOKEN_EXPIRED' }
  return changed(token, later(nowMs, request.periodMs))
}

/** Removes the tokens that have expired. */
export function sweepTokens(credentials: Credentials, nowMs: number): MetadataRecord[] {
  return [...credentials.tokens()].filter((token) => isExpired(token, nowMs)).map(removal)
}

/** Whether the token is a principal's own, was asked for by them (KIP-373), or is theirs to renew. */
export function ownsOrRenews(token: DelegationToken, principal: string): boolean {
  const { owner, requester, renewers } = token
  return owner === principal || requester === principal || renewers.includes(principal)
}

function isExpired(token: DelegationToken, nowMs: number): boolean {
  return token.maxMs < nowMs || token.expiryMs < nowMs
}

function changed(old: DelegationToken, wantedMs: number): TokenPlan {
  const token = { ...old, expiryMs: Math.min(old.maxMs, wantedMs) }
  assert(token.expiryMs <= token.maxMs, 'a token does not outlive its end')
  return { error: null, token, records: [tokenRecord(token)] }
}

function tokenRecord(token: DelegationToken): MetadataRecord {
  return {
    type: 'DelegationToken',
    data: {
      owner: token.owner,
      requester: token.requester,
      renewers: [...token.renewers],
      issueTimestamp: token.issueMs,
      maxTimestamp: token.maxMs,
      expirationTimestamp: token.expiryMs,
      tokenId: token.tokenId,
    },
  }
}

function removal({ tokenId }: DelegationToken): MetadataRecord {
  return { type: 'RemoveDelegationToken', data: { tokenId } }
}

function later(nowMs: number, durationMs: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, nowMs + durationMs)
}
