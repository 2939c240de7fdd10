// SCRAM users that a start brings along (ottla.scram.credentials), written as kafka-storage format
// --add-scram writes them: SCRAM-SHA-256=[name=alice,password=alice-secret], semicolons between.
import { StartupRefused } from '../base/startup-refused.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Credentials, ScramCredential, ScramMechanism } from '../catalog/credentials.ts'
import { scramMechanismIds } from '../catalog/credentials.ts'
import type { MetadataRecord } from '../catalog/records.ts'
import { scramRecord } from '../catalog/scram-control.ts'
import type { Random } from '../io/random.ts'
import { credentialOf, credentialOfSalted, iterationsMax, iterationsMin } from './scram-keys.ts'

export type BootstrapOutcome =
  | { readonly ok: true; readonly records: readonly MetadataRecord[] }
  /** `reason` quotes no value. */
  | { readonly ok: false; readonly reason: string }

const saltBytes = 20
const knownParts = ['name', 'salt', 'iterations', 'password', 'saltedpassword']

/**
 * Adds the users of ottla.scram.credentials (null: none) that do not exist yet.
 * @throws StartupRefused (exit 1): the text is wrong
 */
export async function addScramUsers(
  catalog: Pick<Catalog, 'commit' | 'image'>,
  text: string | null,
  random: Random,
): Promise<void> {
  if (text === null) return
  const outcome = bootstrapScram(text, catalog.image.credentials, random)
  if (!outcome.ok) throw new StartupRefused(1, `ottla.scram.credentials: ${outcome.reason}`)
  await catalog.commit(outcome.records)
}

/** Records for the users of `text` that do not exist yet. */
export function bootstrapScram(
  text: string,
  credentials: Pick<Credentials, 'scram'>,
  random: Random,
): BootstrapOutcome {
  return scramRecordsOf(entriesOf(text), credentials, random)
}

/** What is wrong with the text of ottla.scram.credentials, without a value of it; null: nothing. */
export function scramProblem(text: string): string | null {
  for (const [index, entry] of entriesOf(text).entries()) {
    const parsed = parseEntry(entry)
    if ('reason' in parsed) return `credential ${index + 1}: ${parsed.reason}`
  }
  return null
}

function entriesOf(text: string): readonly string[] {
  const entries = text.split(';').map((entry) => entry.trim())
  return entries.filter((written) => written !== '')
}

/** As `bootstrapScram`, of one user an entry: those of kafka-storage format --add-scram. */
export function scramRecordsOf(
  entries: readonly string[],
  credentials: Pick<Credentials, 'scram'>,
  random: Random,
): BootstrapOutcome {
  const records: MetadataRecord[] = []
  for (const [index, entry] of entries.entries()) {
    const parsed = parseEntry(entry)
    if ('reason' in parsed) {
      return { ok: false, reason: `credential ${index + 1}: ${parsed.reason}` }
    }
    const { mechanism, name } = parsed
    // A password that was changed since stays changed.
    if (credentials.scram(mechanism, name) !== undefined) continue
    records.push(scramRecord(name, mechanism, parsed.credential(random)))
  }
  return { ok: true, records }
}

interface Entry {
  readonly mechanism: ScramMechanism
  readonly name: string
  /** `random` makes the salt where the entry brings none. */
  credential(random: Random): ScramCredential
}

function parseEntry(entry: string): Entry | { readonly reason: string } {
  const [, mechanism = '', list = ''] = /^([^=]+)=\[([^]*)\]$/.exec(entry) ?? []
  if (!isMechanism(mechanism)) {
    return { reason: 'write SCRAM-SHA-256=[name=…,password=…], or SCRAM-SHA-512' }
  }
  const parts = new Map<string, string>()
  for (const part of list.split(',')) {
    const equals = part.indexOf('=')
    const key = part.slice(0, Math.max(0, equals)).trim()
    if (!knownParts.includes(key)) return { reason: `only ${knownParts.join(', ')} stand in it` }
    parts.set(
      key,
      part
        .slice(equals + 1)
        .trim()
        .replace(/^"([^]*)"$/, '$1'),
    )
  }
  const name = parts.get('name') ?? ''
  if (name === '') return { reason: 'it has no name' }
  const iterations = Number(parts.get('iterations') ?? iterationsMin)
  if (!(iterations >= iterationsMin && iterations <= iterationsMax)) {
    return { reason: `iterations are not between ${iterationsMin} and ${iterationsMax}` }
  }
  const givenSalt = parts.get('salt')
  const password = parts.get('password')
  const salted = parts.get('saltedpassword')
  const given = givenSalt === undefined ? null : Buffer.from(givenSalt, 'base64')
  if (password !== undefined) {
    const credential = (random: Random): ScramCredential =>
      credentialOf(mechanism, password, { salt: given ?? random.bytes(saltBytes), iterations })
    return { mechanism, name, credential }
  }
  if (salted === undefined) return { reason: 'it has neither password nor saltedpassword' }
  if (given === null) return { reason: 'saltedpassword needs the salt' }
  const bytes = Buffer.from(salted, 'base64')
  const how = { salt: given, iterations }
  return { mechanism, name, credential: () => credentialOfSalted(mechanism, bytes, how) }
}

function isMechanism(text: string): text is ScramMechanism {
  return Object.hasOwn(scramMechanismIds, text)
}
