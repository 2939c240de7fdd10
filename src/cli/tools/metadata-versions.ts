// The names of metadata versions, and which levels of other features belong to them: what kafka-features and
// kafka-storage know without asking a broker.
import { features, metadataVersionFeature } from '../../catalog/features.ts'

/** Name and level, ascending. */
export const versionNames: readonly (readonly [name: string, level: number])[] = [
  ['3.3-IV3', 7],
  ['3.4-IV0', 8],
  ['3.5-IV0', 9],
  ['3.5-IV1', 10],
  ['3.5-IV2', 11],
  ['3.6-IV0', 12],
  ['3.6-IV1', 13],
  ['3.6-IV2', 14],
  ['3.7-IV0', 15],
  ['3.7-IV1', 16],
  ['3.7-IV2', 17],
  ['3.7-IV3', 18],
  ['3.7-IV4', 19],
  ['3.8-IV0', 20],
  ['3.9-IV0', 21],
  ['4.0-IV0', 22],
  ['4.0-IV1', 23],
  ['4.0-IV2', 24],
  ['4.0-IV3', 25],
  ['4.1-IV0', 26],
  ['4.1-IV1', 27],
  ['4.2-IV0', 28],
  ['4.2-IV1', 29],
  ['4.3-IV0', 30],
]

/** The newest that a new cluster may have. */
export const newestRelease = '4.3-IV0'

/** A feature's level as the tools print it. */
export function levelText(feature: string, level: number): string {
  if (feature !== metadataVersionFeature) return String(level)
  return versionNames.find(([, known]) => known === level)?.[0] ?? `UNKNOWN ${level}`
}

/** The level of a version such as 4.0-IV3, or the last of a release such as 4.0. @throws Error */
export function metadataLevel(version: string): number {
  const release = version.split('.').slice(0, 2).join('.')
  const named = versionNames.findLast(
    ([name]) => name === version || name.startsWith(`${release}-IV`),
  )
  if (named === undefined) {
    const known = versionNames.map(([name]) => name).join(', ')
    throw new Error(
      `Unknown metadata.version '${version}'. Supported metadata.version are: ${known}`,
    )
  }
  return named[1]
}

/** From which level of metadata.version on a new cluster has these levels, by feature: Kafka's order and defaults. */
const featureDefaults: readonly (readonly [
  name: string,
  levels: readonly (readonly [from: number, level: number])[],
])[] = [
  ['kraft.version', [[21, 1]]],
  ['transaction.version', [[24, 2]]],
  ['group.version', [[22, 1]]],
  ['eligible.leader.replicas.version', [[26, 1]]],
  ['share.version', [[28, 1]]],
  ['streams.version', [[29, 1]]],
]

/** What Apache Kafka gives a new cluster of this metadata.version, in the order in which it prints them. */
export function defaultFeatures(level: number): readonly (readonly [string, number])[] {
  return featureDefaults.map(([name, levels]) => {
    const found = levels.findLast(([from]) => level >= from)
    return [name, found === undefined ? 0 : found[1]] as const
  })
}

/** What version-mapping prints. @throws Error for a release that is not known */
export function mappingText(release: string): string {
  const level = metadataLevel(release)
  const rest = defaultFeatures(level).map(([name, value]) => `${name}=${value}\n`)
  return `${metadataVersionFeature}=${level} (${release})\n${rest.join('')}`
}

/** The one dependency that there is: levels of other features ask for nothing. */
const dependencies: Readonly<Record<string, number>> = {
  'eligible.leader.replicas.version=1': metadataLevel('4.0-IV1'),
}

/** What feature-dependencies prints for a level of a feature. @throws Error when there is no such */
export function dependencyText(name: string, level: number): string {
  const feature = features.find((known) => known.name === name)
  if (feature === undefined) throw new Error(`Unknown feature: ${name}`)
  if (level < 0 || level > feature.maxSupported) {
    throw new Error(
      name === metadataVersionFeature
        ? `Unknown metadata.version ${level}`
        : `Feature level ${level} is not supported for feature ${name}`,
    )
  }
  const text = `${name}=${level}`
  const shown = name === metadataVersionFeature ? ` (${levelText(name, level)})` : ''
  const needed = dependencies[text]
  return needed === undefined
    ? `${text}${shown} has no dependencies.\n`
    : `${text} requires:\n    metadata.version=${needed} (${levelText(metadataVersionFeature, needed)})\n`
}
