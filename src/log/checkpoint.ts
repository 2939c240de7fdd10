// Kafka's small text files: checkpoints of offsets per partition, leader epochs,
// partition.metadata, meta.properties. Each has an encoder and a decoder; a decoder answers
// undefined for what it cannot read.
import type { EpochStart } from './leader-epochs.ts'

export const recoveryPointFile = 'recovery-point-offset-checkpoint'
export const logStartOffsetFile = 'log-start-offset-checkpoint'
/** Where the last compaction of a partition ended. */
export const cleanerOffsetFile = 'cleaner-offset-checkpoint'
export const highWatermarkFile = 'replication-offset-checkpoint'
export const metaPropertiesFile = 'meta.properties'
export const cleanShutdownFile = '.kafka_cleanshutdown'
export const lockFile = '.lock'

/** Content of the clean-shutdown marker: version 0, no broker epoch known. */
export const cleanShutdownContent = '{"version":0,"brokerEpoch":-1}'

const checkpointVersion = '0'

/** An offset of a partition, in a checkpoint file. */
export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Version, count, then `topic partition offset` per line. */
export function encodeOffsets(entries: readonly PartitionOffset[]): Buffer {
  return encodeLines(
    entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`),
  )
}

export function decodeOffsets(bytes: Buffer): PartitionOffset[] | undefined {
  const lines = decodeLines(bytes)
  if (lines === undefined) return undefined
  const entries: PartitionOffset[] = []
  for (const line of lines) {
    const match = /^(\S+) (\d+) (\d+)$/.exec(line)
    if (match === null) return undefined
    const [, topic = '', partition, offset] = match
    if (!Number.isSafeInteger(Number(offset))) return undefined
    entries.push({ topic, partition: Number(partition), offset: Number(offset) })
  }
  return entries
}

/** Version, count, then `epoch startOffset` per line. */
export function encodeEpochs(entries: readonly EpochStart[]): Buffer {
  return encodeLines(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))
}

export function decodeEpochs(bytes: Buffer): EpochStart[] | undefined {
  const lines = decodeLines(bytes)
  if (lines === undefined) return undefined
  const entries: EpochStart[] = []
  for (const line of lines) {
    const match = /^(\d+) (\d+)$/.exec(line)
    if (match === null || !Number.isSafeInteger(Number(match[2]))) return undefined
    entries.push({ epoch: Number(match[1]), startOffset: Number(match[2]) })
  }
  return entries
}

function encodeLines(lines: readonly string[]): Buffer {
  return Buffer.from([checkpointVersion, String(lines.length), ...lines, ''].join('\n'))
}

function decodeLines(bytes: Buffer): string[] | undefined {
  const [version, count, ...lines] = bytes.toString('utf8').split('\n')
  if (version !== checkpointVersion || !/^\d+$/.test(count ?? '')) return undefined
  while (lines.at(-1) === '') lines.pop()
  return lines.length === Number(count) ? lines : undefined
}

/**
 * `partition.metadata`: which topic a directory belongs to, whatever the topic's name stood for
 * before.
 */
export function encodePartitionMetadata(topicId: string): Buffer {
  return Buffer.from(`version: 0\ntopic_id: ${topicId}`)
}

export function decodePartitionMetadata(bytes: Buffer): string | undefined {
  return /^version: 0\s+topic_id: ([A-Za-z0-9_-]{22})\s*$/.exec(bytes.toString('utf8'))?.[1]
}

/** What `meta.properties` says of a log directory. Ids are 22 characters of base64url. */
export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  readonly directoryId: string
}

export function encodeMetaProperties(meta: MetaProperties): Buffer {
  const lines = [
    '#',
    `node.id=${meta.nodeId}`,
    `directory.id=${meta.directoryId}`,
    'version=1',
    `cluster.id=${meta.clusterId}`,
    '',
  ]
  return Buffer.from(lines.join('\n'))
}

/**
 * Reads version 1 (and version 0, where the id is called broker.id). The directory id may be
 * missing: null.
 */
export function decodeMetaProperties(
  bytes: Buffer,
): { clusterId: string; nodeId: number; directoryId: string | null } | undefined {
  const values = new Map<string, string>()
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:]+)\s*[=:]\s*(.*?)\s*$/.exec(line)
    if (match !== null) values.set(match[1] ?? '', (match[2] ?? '').replaceAll('\\', ''))
  }
  const clusterId = values.get('cluster.id')
  const nodeId = values.get('node.id') ?? values.get('broker.id')
  if (clusterId === undefined || nodeId === undefined || !/^-?\d+$/.test(nodeId)) return undefined
  return { clusterId, nodeId: Number(nodeId), directoryId: values.get('directory.id') ?? null }
}
