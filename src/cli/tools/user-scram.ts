// SCRAM credentials as kafka-configs shows and changes them. Passwords do not leave this process: the broker gets what
// it is to keep.
import { throwOnError } from '../../client/errors.ts'
import { scramMechanismIds, scramMechanismOf } from '../../catalog/credentials.ts'
import type { ScramMechanism } from '../../catalog/credentials.ts'
import type { Cluster } from '../../client/cluster.ts'
import { compareText } from '../../client/topics.ts'
import type { Random } from '../../io/random.ts'
import { iterationsMin, saltedPassword } from '../../security/scram-keys.ts'
import { scalaBuffer, scalaSet } from './config-entities.ts'
import type { ToolHost } from './tool.ts'

const saltBytes = 20

export function isScram(key: string): key is ScramMechanism {
  return Object.hasOwn(scramMechanismIds, key)
}

/** Prints the mechanisms of a user, of all users for null. */
export async function describeScram(
  host: ToolHost,
  cluster: Cluster,
  user: string | null,
): Promise<void> {
  const users = user === null ? null : [{ name: user }]
  const response = await cluster.any('DescribeUserScramCredentials', { users })
  throwOnError(response.errorCode, response.errorMessage)
  const found = response.results.filter(({ errorCode }) => errorCode === 0)
  for (const result of [...found].sort((left, right) => compareText(left.user, right.user))) {
    const mechanisms = result.credentialInfos.map(
      ({ mechanism, iterations }) =>
        `${scramMechanismOf(mechanism) ?? 'UNKNOWN'}=iterations=${iterations}`,
    )
    const name = `user-principal '${result.user}'`
    await host.out(`SCRAM credential configs for ${name} are ${mechanisms.join(', ')}\n`)
  }
}

export interface ScramAlteration {
  readonly user: string
  /** Mechanism → `[iterations=8192,]password=secret`. */
  readonly added: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
}

/** @throws Error in Kafka's words for what is no credential */
export async function alterScram(
  cluster: Cluster,
  { user, added, deleted }: ScramAlteration,
  random: Random,
): Promise<void> {
  const response = await cluster.any('AlterUserScramCredentials', {
    deletions: deleted
      .filter(isScram)
      .map((mechanism) => ({ name: user, mechanism: scramMechanismIds[mechanism] })),
    upsertions: [...added].flatMap(([mechanism, text]) =>
      isScram(mechanism) ? [{ name: user, ...upsertion(mechanism, text, random) }] : [],
    ),
  })
  for (const { errorCode, errorMessage } of response.results) throwOnError(errorCode, errorMessage)
}

function upsertion(mechanism: ScramMechanism, text: string, random: Random) {
  const { given, password } =
    /^(?:iterations=(?<given>-?\d*),)?password=(?<password>.*)$/s.exec(text)?.groups ?? {}
  if (password === undefined) {
    throw new Error(`Invalid credential property ${mechanism.replaceAll('-', '_')}=${text}`)
  }
  const iterations = given === undefined || given === '-1' ? iterationsMin : Number(given)
  if (iterations < iterationsMin) {
    throw new Error(
      `Iterations ${iterations} is less than the minimum ${iterationsMin} required for ${mechanism}`,
    )
  }
  const salt = random.bytes(saltBytes)
  return {
    mechanism: scramMechanismIds[mechanism],
    iterations,
    salt,
    saltedPassword: saltedPassword(mechanism, password, { salt, iterations }),
  }
}

/**
 * Whether a change is one of credentials, and not of quotas. @throws Error in Kafka's words where it is both, or
 * names what users do not have
 */
export function changesScram(
  { user, added, deleted }: { readonly user: string } & Omit<ScramAlteration, 'user'>,
  isQuota: (key: string) => boolean,
): boolean {
  const keys = [...added.keys(), ...deleted]
  const isUnknown = (key: string): boolean => !isScram(key) && !isQuota(key)
  const refuse = (what: string, names: string): never => {
    throw new Error(
      `Only quota and SCRAM credential configs can be ${what} for 'users' using --bootstrap-server. Unexpected config names: ${names}`,
    )
  }
  const unknown = [...added.keys()].filter(isUnknown)
  if (unknown.length > 0) refuse('added', scalaSet(unknown))
  const unset = deleted.filter(isUnknown)
  if (unset.length > 0) refuse('deleted', scalaBuffer(unset))
  if (!keys.some(isScram)) return false
  if (user === '') {
    throw new Error(
      'The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.',
    )
  }
  if (keys.some(isQuota)) {
    throw new Error(
      "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
    )
  }
  return true
}
