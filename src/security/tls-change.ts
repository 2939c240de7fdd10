// Whether TLS settings may take the place of others while the broker runs, as Kafka's SslFactory decides it:
// what they name can be opened, and clients that trusted the old certificate will trust the new one. Reads
// files only through the reader that it is given.
import { isDeepStrictEqual } from 'node:util'
import type { Listener } from '../config/broker-config.ts'
import { listenerPrefix } from '../config/listener-security.ts'
import type { TlsSettings } from '../config/listener-security.ts'
import { TlsProblem, readTlsMaterial } from './tls-material.ts'
import type { ReadFile, TlsMaterial } from './tls-material.ts'

/** Why a listener cannot go on with its settings in `after`, in words for the client; null when all can. */
export function tlsChangeProblem(
  before: readonly Listener[],
  after: readonly Listener[],
  readFile: ReadFile,
): string | null {
  for (const { name, security } of after) {
    const old = before.find((listener) => listener.name === name)?.security.tls ?? null
    const { tls } = security
    if (old === null || tls === null || isDeepStrictEqual(old, tls)) continue
    const problem = problemOf(old, tls, { readFile, prefix: listenerPrefix(name) })
    if (problem !== null)
      return `Validation of dynamic config update of SSLFactory failed: ${problem}`
  }
  return null
}

function problemOf(
  before: TlsSettings,
  after: TlsSettings,
  { readFile, prefix }: { readonly readFile: ReadFile; readonly prefix: string },
): string | null {
  try {
    const next = readTlsMaterial(after, readFile)
    const existing = whatIsLeftOf(before, readFile)
    return existing === null ? null : mismatch(existing, next, before)
  } catch (error) {
    if (!(error instanceof TlsProblem)) throw error
    return `${prefix}${error.key}: ${error.message}`
  }
}

/** Null where its files are gone or broken by now: there is nothing to compare with. */
function whatIsLeftOf(settings: TlsSettings, readFile: ReadFile): TlsMaterial | null {
  try {
    return readTlsMaterial(settings, readFile)
  } catch (error) {
    if (!(error instanceof TlsProblem)) throw error
    return null
  }
}

function mismatch(
  existing: TlsMaterial,
  next: TlsMaterial,
  { allowDnChanges, allowSanChanges }: TlsSettings,
): string | null {
  if (existing.trusted === null && next.trusted !== null) {
    return 'Cannot add SSL truststore to an existing listener for which no truststore was configured.'
  }
  if (existing.trusted !== null && next.trusted === null) {
    return 'Cannot remove the SSL truststore from an existing listener for which a truststore was configured.'
  }
  if (!allowDnChanges && existing.subject !== next.subject) {
    return `Keystore DistinguishedName does not match: existing=${existing.subject}, new=${next.subject}`
  }
  const missing = existing.altNames.filter((name) => !next.altNames.includes(name))
  if (allowSanChanges || missing.length === 0) return null
  const [old, other] = [existing, next].map(({ altNames }) => altNames.join(', '))
  return `Keystore SubjectAltNames do not match: existing=[${old}], new=[${other}]`
}
