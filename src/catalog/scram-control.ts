// What AlterUserScramCredentials decides (KIP-554): from the image and a request to records and results, as
// Kafka's controller decides. Pure; the keys of a password are made by those who ask.
import { assert, defined } from '../base/assert.ts'
import { scramMechanismIds, scramMechanismOf } from './credentials.ts'
import type { Credentials, ScramCredential, ScramMechanism } from './credentials.ts'
import type { MetadataRecord } from './records.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export interface ScramDeletion {
  readonly name: string
  readonly mechanism: number
}

export interface ScramUpsertion extends ScramDeletion {
  readonly iterations: number
  readonly salt: Buffer
  readonly saltedPassword: Buffer
}

export interface ScramChanges {
  readonly deletions: readonly ScramDeletion[]
  readonly upsertions: readonly ScramUpsertion[]
}

/** How a salted password becomes what is kept, and how often it must have been hashed. */
export interface ScramRules {
  readonly iterationsMin: number
  readonly iterationsMax: number
  credentialOf(mechanism: ScramMechanism, upsertion: ScramUpsertion): ScramCredential
}

export interface ScramPlan {
  readonly records: readonly MetadataRecord[]
  /** One per user. */
  readonly results: readonly { readonly user: string; readonly refusal: Refusal | null }[]
}

const twice = 'A user credential cannot be altered twice in the same request'

/** Decides on the whole request; each user's change stands alone, and may be named once. */
export function planScramChanges(
  credentials: Credentials,
  changes: ScramChanges,
  rules: ScramRules,
): ScramPlan {
  const deletions = new Map<string, ScramDeletion>()
  const upsertions = new Map<string, ScramUpsertion>()
  const refusals = new Map<string, Refusal>()
  for (const deletion of changes.deletions) {
    const { name } = deletion
    if (refusals.has(name)) continue
    const refusal = deletions.delete(name) ? again() : deletionRefusal(credentials, deletion)
    if (refusal === null) deletions.set(name, deletion)
    else refusals.set(name, refusal)
  }
  for (const upsertion of changes.upsertions) {
    const { name } = upsertion
    if (refusals.has(name)) continue
    const isNamed = deletions.delete(name) || upsertions.delete(name)
    const refusal = isNamed ? again() : upsertionRefusal(upsertion, rules)
    if (refusal === null) upsertions.set(name, upsertion)
    else refusals.set(name, refusal)
  }
  const changed = [...deletions.keys(), ...upsertions.keys()]
  assert(!changed.some((name) => refusals.has(name)), 'a user is changed or refused')
  return {
    records: [
      ...[...deletions.values()].map(removal),
      ...[...upsertions.values()].map((upsertion) => addition(upsertion, rules)),
    ],
    results: [
      ...changed.map((user) => ({ user, refusal: null })),
      ...[...refusals].map(([user, refusal]) => ({ user, refusal })),
    ],
  }
}

/** The record of a user's credential. */
export function scramRecord(
  name: string,
  mechanism: ScramMechanism,
  credential: ScramCredential,
): MetadataRecord {
  const data = { name, mechanism: scramMechanismIds[mechanism], ...credential }
  return { type: 'UserScramCredential', data }
}

function addition(upsertion: ScramUpsertion, rules: ScramRules): MetadataRecord {
  const mechanism = defined(scramMechanismOf(upsertion.mechanism), 'the mechanism was checked')
  return scramRecord(upsertion.name, mechanism, rules.credentialOf(mechanism, upsertion))
}

function removal({ name, mechanism }: ScramDeletion): MetadataRecord {
  return { type: 'RemoveUserScramCredential', data: { name, mechanism } }
}

function again(): Refusal {
  return refuse('DUPLICATE_RESOURCE', twice)
}

function deletionRefusal(credentials: Credentials, deletion: ScramDeletion): Refusal | null {
  const refusal = nameRefusal(deletion)
  if (refusal !== null) return refusal
  const mechanism = defined(scramMechanismOf(deletion.mechanism), 'the mechanism was checked')
  if (credentials.scram(mechanism, deletion.name) !== undefined) return null
  const message = 'Attempt to delete a user credential that does not exist'
  return refuse('RESOURCE_NOT_FOUND', message)
}

function upsertionRefusal(upsertion: ScramUpsertion, rules: ScramRules): Refusal | null {
  const refusal = nameRefusal(upsertion)
  if (refusal !== null) return refusal
  if (upsertion.iterations < rules.iterationsMin) {
    return refuse('UNACCEPTABLE_CREDENTIAL', 'Too few iterations')
  }
  if (upsertion.iterations > rules.iterationsMax) {
    return refuse('UNACCEPTABLE_CREDENTIAL', 'Too many iterations')
  }
  return null
}

function nameRefusal({ name, mechanism }: ScramDeletion): Refusal | null {
  if (name === '') return refuse('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty')
  if (scramMechanismOf(mechanism) !== undefined) return null
  return refuse('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism')
}
