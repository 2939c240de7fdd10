// Feature levels (KIP-584): what this broker understands and what a new cluster declares. A feature
// stands here when it is served, and not before: clients act on it.

export interface Feature {
  readonly name: string
  readonly minSupported: number
  readonly maxSupported: number
  /** The level that a new cluster declares; 0 leaves the feature off. */
  readonly initial: number
}

/**
 * metadata.version: the records of levels 7 (3.3-IV3) to 33 (4.4) are understood. A new cluster
 * declares 25 (4.0-IV3), so that every Apache Kafka 4.x starts on a data directory of ours.
 * kraft.version 1: the log itself names its voters (KIP-853). eligible.leader.replicas.version 1
 * (KIP-966): min.insync.replicas is a cluster-wide dynamic config. group.version 1: consumer groups
 * (KIP-848). transaction.version 2 (KIP-890): Produce adds partitions to transactions, and every
 * transaction takes its producer to the next epoch. share.version 1: share groups (KIP-932); 2 is
 * for dead-letter queues (KIP-1191). streams.version 1: streams groups (KIP-1071).
 */
export const features: readonly Feature[] = [
  { name: 'kraft.version', minSupported: 0, maxSupported: 1, initial: 1 },
  { name: 'metadata.version', minSupported: 7, maxSupported: 33, initial: 25 },
  { name: 'group.version', minSupported: 0, maxSupported: 1, initial: 1 },
  { name: 'share.version', minSupported: 0, maxSupported: 1, initial: 1 },
  { name: 'streams.version', minSupported: 0, maxSupported: 1, initial: 1 },
  { name: 'transaction.version', minSupported: 0, maxSupported: 2, initial: 2 },
  { name: 'eligible.leader.replicas.version', minSupported: 0, maxSupported: 1, initial: 1 },
]

export const metadataVersionFeature = 'metadata.version'
export const transactionVersionFeature = 'transaction.version'
/** Whether share groups are served. */
export const shareVersionFeature = 'share.version'
/** Whether streams groups are served. */
export const streamsVersionFeature = 'streams.version'
/** kraft.version lives in a control record of its own, never in a FeatureLevelRecord. */
export const kraftVersionFeature = 'kraft.version'

/** They say which APIs there are: a level above ours only promises what a client does not find. */
const announcing: ReadonlySet<string> = new Set([shareVersionFeature])

/**
 * Why the finalized `level` of a feature keeps this broker from starting; null when it does not.
 */
export function featureProblem(name: string, level: number): string | null {
  if (level === 0) return null
  const feature = features.find((one) => one.name === name)
  // Features that only say which APIs are served (group.version, …) harm nobody who does not serve
  // them.
  if (feature === undefined || announcing.has(name)) return null
  if (level >= feature.minSupported && level <= feature.maxSupported) return null
  const supported = `${feature.minSupported} to ${feature.maxSupported}`
  return `the data directory declares ${name} ${level}; this broker understands ${supported}`
}
