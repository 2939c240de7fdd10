// Checks data directories, for `ottla check`: what lies in them, the files of the directory itself,
// and every partition. Changes nothing: it runs on read-only media and beside a broker.
import { basename, dirname, join } from 'node:path'
import { assert } from '../base/assert.ts'
import { decodeSnapshot } from '../catalog/snapshot.ts'
import type { Disk } from '../io/disk.ts'
import { checkPartition } from '../log/check-partition.ts'
import type { CheckReport } from '../log/check-segment.ts'
import {
  cleanShutdownFile,
  cleanerOffsetFile,
  decodeMetaProperties,
  decodeOffsets,
  highWatermarkFile,
  logStartOffsetFile,
  metaPropertiesFile,
  recoveryPointFile,
} from '../log/checkpoint.ts'
import { parseDirectoryName, parseSegmentFileName, segmentSuffix } from '../log/segment-files.ts'

export type { CheckReport } from '../log/check-segment.ts'
export type { Finding, FindingLevel } from '../log/check-findings.ts'

export interface CheckTotals {
  readonly partitions: number
  readonly segments: number
  readonly batches: number
  readonly bytes: number
}

const bootstrapFile = 'bootstrap.checkpoint'
const snapshotSuffix = '.checkpoint'

/** The partition directories that `path` means: its own, or those in it, sorted. */
export function partitionsIn(disk: Disk, path: string): string[] {
  if (disk.list(path).some(isSegment)) return [path]
  return disk.list(path).flatMap((name) => {
    const full = join(path, name)
    const isPartition = parseDirectoryName(name).kind === 'partition' && disk.isDirectory(full)
    return isPartition ? [full] : []
  })
}

function isSegment(name: string): boolean {
  return parseSegmentFileName(name, segmentSuffix.log) !== undefined
}

/** Whether a broker may have kept data there: a data directory or a partition's, not any other. */
export function isDataDirectory(disk: Disk, path: string): boolean {
  return disk.exists(join(path, metaPropertiesFile)) || partitionsIn(disk, path).length > 0
}

/** Bytes of all logs that a check of `path` reads. */
export function bytesToCheck(disk: Disk, path: string): number {
  let bytes = 0
  for (const partition of partitionsIn(disk, path)) {
    for (const name of disk.list(partition)) {
      if (isSegment(name)) bytes += disk.fileSize(join(partition, name))
    }
  }
  return bytes
}

/**
 * Checks a data directory, or a single partition's. Findings go to `report` as they come up.
 */
export async function checkDirectory(
  disk: Disk,
  path: string,
  report: CheckReport,
): Promise<CheckTotals> {
  const partitions = partitionsIn(disk, path)
  const isSingle = partitions[0] === path
  const home = isSingle ? dirname(path) : path
  const wasClosedCleanly = disk.exists(join(home, cleanShutdownFile))
  const recoveryPoints = readOffsets(disk, join(home, recoveryPointFile), report)
  const logStarts = readOffsets(disk, join(home, logStartOffsetFile), report)
  if (!isSingle) checkOwnFiles(disk, path, report)
  const totals = { partitions: partitions.length, segments: 0, batches: 0, bytes: 0 }
  for (const partition of partitions) {
    const name = basename(partition)
    const recoveryPoint = recoveryPoints.get(name) ?? 0
    const logStartOffset = logStarts.get(name) ?? 0
    const hints = { wasClosedCleanly, recoveryPoint, logStartOffset }
    const outcome = checkPartition(disk, partition, hints, report)
    totals.segments += outcome.segments
    totals.batches += outcome.batches
    totals.bytes += outcome.bytes
    if (name === '__cluster_metadata-0') await checkSnapshots(disk, partition, report)
  }
  assert(totals.batches === 0 || totals.segments > 0, 'batches lie in segments')
  return totals
}

function readOffsets(disk: Disk, file: string, report: CheckReport): Map<string, number> {
  if (!disk.exists(file)) return new Map()
  const entries = decodeOffsets(disk.readFile(file))
  if (entries === undefined) {
    const atStart = 'ignored: more of the logs is verified'
    report.found({ level: 'repaired', file, position: null, what: 'damaged', atStart })
  }
  return new Map((entries ?? []).map((e) => [`${e.topic}-${e.partition}`, e.offset]))
}

function checkOwnFiles(disk: Disk, path: string, report: CheckReport): void {
  const meta = join(path, metaPropertiesFile)
  if (!disk.exists(meta)) {
    const atStart = 'written with a new cluster.id, or that of the other log directories'
    report.found({ level: 'note', file: meta, position: null, what: 'missing', atStart })
  } else if (decodeMetaProperties(disk.readFile(meta)) === undefined) {
    const [what, atStart] = ['names no cluster.id and node.id', 'the broker refuses to start']
    report.found({ level: 'lost', file: meta, position: null, what, atStart })
  }
  for (const file of [cleanerOffsetFile, highWatermarkFile]) {
    readOffsets(disk, join(path, file), report)
  }
  for (const name of disk.list(path)) {
    const full = join(path, name)
    const { kind } = parseDirectoryName(name)
    if (!disk.isDirectory(full) || kind === 'partition') continue
    const says =
      kind === 'deleted'
        ? { what: 'a deleted partition', atStart: 'removed' }
        : kind === 'stray'
          ? { what: 'a partition that no metadata knows', atStart: 'left alone' }
          : { what: 'no partition', atStart: 'left alone' }
    report.found({ level: 'note', file: full, position: null, ...says })
  }
}

/** Snapshots of the metadata: a start reads the newest. */
async function checkSnapshots(disk: Disk, directory: string, report: CheckReport): Promise<void> {
  const snapshots = disk.list(directory).filter((name) => name.endsWith(snapshotSuffix))
  const files = snapshots.map((name) => join(directory, name))
  const bootstrap = join(dirname(directory), bootstrapFile)
  if (disk.exists(bootstrap)) files.push(bootstrap)
  for (const file of files) {
    if ((await decodeSnapshot(disk.readFile(file))) !== undefined) continue
    const atStart = 'an older snapshot is read; without one, and without the log below, no start'
    report.found({ level: 'lost', file, position: null, what: 'damaged or torn', atStart })
  }
}
