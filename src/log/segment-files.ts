// Names of files and directories in a log directory, as Kafka writes and reads them. Nothing here
// touches the disk.
import { assert } from '../base/assert.ts'

/** What a file of a segment holds; the value is the suffix of its name. */
export const segmentSuffix = {
  log: '.log',
  offsetIndex: '.index',
  timeIndex: '.timeindex',
  transactionIndex: '.txnindex',
  producerSnapshot: '.snapshot',
} as const

export type SegmentSuffix = (typeof segmentSuffix)[keyof typeof segmentSuffix]

/** On its way out: removed after file.delete.delay.ms, or at the next start. */
export const deletedSuffix = '.deleted'
/** Written by compaction that did not finish: removed at the next start. */
export const cleanedSuffix = '.cleaned'
/** Complete result of compaction, not yet in place: put in place at the next start. */
export const swapSuffix = '.swap'

export const leaderEpochFile = 'leader-epoch-checkpoint'
export const partitionMetadataFile = 'partition.metadata'

const unusedSuffixes = { delete: '-delete', stray: '-stray', future: '-future' } as const
const offsetDigits = 20
const fileNameMax = 255

/** `00000000000000000042.log`: the base offset in 20 digits, then the suffix. */
export function segmentFileName(baseOffset: number, suffix: SegmentSuffix): string {
  assert(baseOffset >= 0, 'a segment begins at offset 0 or above')
  return String(baseOffset).padStart(offsetDigits, '0') + suffix
}

/** The base offset in a segment file's name; undefined when the name is not one of that kind. */
export function parseSegmentFileName(name: string, suffix: SegmentSuffix): number | undefined {
  if (!name.endsWith(suffix)) return undefined
  return parseOffset(name.slice(0, name.length - suffix.length))
}

/**
 * The offset that any file of a segment begins with, whatever its suffixes; undefined without one.
 */
export function offsetInFileName(name: string): number | undefined {
  const dot = name.indexOf('.')
  return dot < 0 ? undefined : parseOffset(name.slice(0, dot))
}

function parseOffset(digits: string): number | undefined {
  if (!/^\d{20}$/.test(digits)) return undefined
  const offset = Number(digits)
  return Number.isSafeInteger(offset) ? offset : undefined
}

/** `<topic>-<partition>`. */
export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** What a directory in a log directory is, by its name. */
export type DirectoryKind =
  | { readonly kind: 'partition'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'stray' }
  | { readonly kind: 'future'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'other' }

/**
 * Reads a directory's name. Topics may hold dots and dashes: the partition is behind the last dash.
 * The topic of a future one may be cut short.
 */
export function parseDirectoryName(name: string): DirectoryKind {
  if (/^\S+-\d+\.[^.\s]+-delete$/.test(name)) return { kind: 'deleted' }
  if (/^\S+-\d+\.[^.\s]+-stray$/.test(name)) return { kind: 'stray' }
  const future = /^(\S+)-(\d+)\.[^.\s]+-future$/.exec(name)
  if (future !== null) {
    return { kind: 'future', topic: future[1] ?? '', partition: Number(future[2]) }
  }
  const match = /^([a-zA-Z0-9._-]+)-(0|[1-9]\d{0,9})$/.exec(name)
  if (match === null) return { kind: 'other' }
  const [, topic = '', partition = ''] = match
  return { kind: 'partition', topic, partition: Number(partition) }
}

/**
 * The name of a partition's directory that is not in use: while it waits for its removal, as a stray
 * that nobody claims, or as the copy that grows in another log directory. `unique` is a UUID without
 * dashes; the topic is shortened where the name would be too long.
 */
export function unusedDirectoryName(
  of: { readonly topic: string; readonly partition: number },
  reason: 'delete' | 'stray' | 'future',
  unique: string,
): string {
  const ending = `-${of.partition}.${unique}${unusedSuffixes[reason]}`
  return of.topic.slice(0, fileNameMax - ending.length) + ending
}
