// What `kafka-storage format` writes: meta.properties in every log directory, and in that of the metadata what a new
// cluster begins with (bootstrap.checkpoint, and the voters where the log is to name them).
import { join } from 'node:path'
import { featureLevelRecord, type MetadataRecord } from '../../catalog/records.ts'
import { encodeMetadataRecord } from '../../catalog/record-frame.ts'
import { firstRaftState } from '../../catalog/control-records.ts'
import { features, kraftVersionFeature, metadataVersionFeature } from '../../catalog/features.ts'
import { encodeSnapshot, type SnapshotContent } from '../../catalog/snapshot.ts'
import { randomKafkaUuid } from '../../io/random.ts'
import {
  decodeMetaProperties,
  encodeMetaProperties,
  metaPropertiesFile,
} from '../../log/checkpoint.ts'
import { scramRecordsOf } from '../../security/scram-bootstrap.ts'
import { Writer } from '../../../protocol/writer.ts'
import { defaultFeatures, levelText, metadataLevel } from './metadata-versions.ts'
import type { ToolHost } from './tool.ts'

const bootstrapFile = 'bootstrap.checkpoint'
const firstSnapshotFile = '00000000000000000000-0000000000.checkpoint'
const metadataDirectory = '__cluster_metadata-0'

/** Not formatted; the message says why, in Kafka's words where Kafka has some. */
export class FormatRefused extends Error {
  override readonly name = 'FormatRefused'
}

export interface FormatRequest {
  readonly clusterId: string
  readonly nodeId: number
  readonly directories: readonly string[]
  readonly metadataDirectory: string
  /** `--release-version`. */
  readonly release: string | undefined
  /** `--feature name=level` each. */
  readonly features: readonly string[]
  /** `--add-scram` each. */
  readonly scram: readonly string[]
  readonly ignoreFormatted: boolean
  /** The log names its voters (KIP-853): this node; null: the configuration does. */
  readonly voters: 'this-node' | null
}

/** Formats what is not formatted yet. @throws FormatRefused */
export async function formatDirectories(request: FormatRequest, host: ToolHost): Promise<void> {
  const levels = featureLevels(request)
  const records = [
    ...[...levels].map(([name, level]) => featureLevelRecord(name, level)),
    ...scramRecords(request, host),
  ]
  const { disk } = host
  const isFormatted = (path: string): boolean => disk.exists(join(path, metaPropertiesFile))
  for (const path of request.directories.filter(isFormatted)) checkMeta(path, request, host)
  const formatted = request.directories.find(isFormatted)
  if (formatted !== undefined && !request.ignoreFormatted) {
    throw new FormatRefused(
      `Log directory ${formatted} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
    )
  }
  const empty = request.directories.filter((path) => !isFormatted(path))
  if (empty.length === 0) await host.out('All of the log directories are already formatted.\n')
  const release = levelText(metadataVersionFeature, levels.get(metadataVersionFeature) ?? 0)
  for (const path of empty) {
    const kind = path === request.metadataDirectory ? kindOfMetadata(request) : 'data directory'
    await host.out(`Formatting ${kind} ${path} with metadata.version ${release}.\n`)
    formatDirectory(path, { request, records, host })
  }
}

/** @throws FormatRefused when the directory belongs to another cluster or node */
function checkMeta(path: string, { clusterId, nodeId }: FormatRequest, { disk }: ToolHost): void {
  const file = join(path, metaPropertiesFile)
  const meta = decodeMetaProperties(disk.readFile(file))
  if (meta === undefined) throw new FormatRefused(`Error loading ${file}: it is damaged`)
  const wrong = (key: string, expected: string | number, found: string | number): FormatRefused =>
    new FormatRefused(`Invalid ${key} in: ${file}. Expected ${expected}, but read ${found}`)
  if (meta.clusterId !== clusterId) throw wrong('cluster.id', clusterId, meta.clusterId)
  if (meta.nodeId !== nodeId) throw wrong('node.id', nodeId, meta.nodeId)
}

function kindOfMetadata({ voters }: FormatRequest): string {
  return voters === null ? 'metadata directory' : 'dynamic metadata voter directory'
}

/** The levels that the cluster declares: those asked for, else what fits the release. @throws FormatRefused */
function featureLevels({ release, features: asked }: FormatRequest): Map<string, number> {
  const levels = new Map<string, number>()
  if (release === undefined) {
    for (const { name, initial } of features) levels.set(name, initial)
  } else {
    const metadata = releaseLevel(release)
    for (const [name, level] of defaultFeatures(metadata)) {
      const served = features.find((feature) => feature.name === name)?.maxSupported ?? 0
      levels.set(name, Math.min(level, served))
    }
    levels.set(metadataVersionFeature, metadata)
  }
  for (const text of asked) {
    const [name = '', value = ''] = text.split('=')
    const feature = features.find((known) => known.name === name)
    if (feature === undefined) {
      const names = features
        .map((known) => known.name)
        .filter((known) => known !== 'metadata.version')
      throw new FormatRefused(
        `Unsupported feature: ${name}. Supported features are: ${names.sort().join(', ')}`,
      )
    }
    const level = Number(value)
    if (!/^\d+$/.test(value) || level > feature.maxSupported) {
      throw new FormatRefused(`No feature:${name} with feature level ${value}`)
    }
    levels.set(name, level)
  }
  // It lives in a control record, and a level of 0 is none.
  levels.delete(kraftVersionFeature)
  for (const [name, level] of levels) if (level === 0) levels.delete(name)
  return levels
}

function releaseLevel(release: string): number {
  const level = metadataLevel(release)
  const { maxSupported = 0 } = features.find(({ name }) => name === metadataVersionFeature) ?? {}
  if (level > maxSupported)
    throw new FormatRefused(`metadata.version ${release} is not yet stable.`)
  return level
}

function scramRecords({ scram }: FormatRequest, { random }: ToolHost): readonly MetadataRecord[] {
  const outcome = scramRecordsOf(scram, { scram: () => undefined }, random)
  if (outcome.ok) return outcome.records
  throw new FormatRefused(`--add-scram: ${outcome.reason}`)
}

function formatDirectory(
  path: string,
  about: {
    readonly request: FormatRequest
    readonly records: readonly MetadataRecord[]
    readonly host: ToolHost
  },
): void {
  const { request, records, host } = about
  const { disk, clock, random } = host
  const { nodeId, clusterId, voters } = request
  const directoryId = randomKafkaUuid(random)
  const nowMs = clock.nowMs()
  disk.makeDirectory(path)
  const write = (name: string, bytes: Buffer): void =>
    disk.replaceFile(join(path, name), bytes, { durable: true })
  const snapshot = (content: SnapshotContent): Buffer =>
    encodeSnapshot(content, { epoch: 0, lastTimestampMs: nowMs, nowMs })
  const writer = new Writer()
  const values = records.map((record) => encodeMetadataRecord(writer, record))
  write(bootstrapFile, snapshot({ raftState: new Map(), values }))
  if (path === request.metadataDirectory && voters !== null) {
    const raftState = firstRaftState({ nodeId, directoryIds: [directoryId] })
    disk.makeDirectory(join(path, metadataDirectory))
    write(join(metadataDirectory, firstSnapshotFile), snapshot({ raftState, values: [] }))
  }
  // Last: who finds it takes the directory for formatted.
  write(metaPropertiesFile, encodeMetaProperties({ clusterId, nodeId, directoryId }))
}
