// To which offsets a reset goes: the flags for that of kafka-consumer-groups, kafka-streams-groups and
// kafka-streams-application-reset. How the tools speak of it is theirs (`ResetManner`).
import type { Cluster } from '../../client/cluster.ts'
import { committedOffsets, listOffsets, offsetTimes } from '../../client/offsets.ts'
import { partitionKey, type TopicPartition } from '../../client/topics.ts'
import { dateTimeMs, durationMs } from './java-time.ts'
import type { OptionTable } from './options.ts'
import { messageOf, readTextFile, type ToolCall } from './tool.ts'

/** Where a partition is to go on. */
export interface NewOffset extends TopicPartition {
  readonly offset: number
}

/** The flags that say where to go on; at most one is given. */
export const resetOptions = {
  'to-offset': { text: 'Reset to this offset.', value: 'offset', type: 'long' },
  'from-file': { text: 'Reset to the offsets of a CSV file.', value: 'path to CSV file' },
  'to-datetime': {
    text: "Reset to the first record from then on: 'YYYY-MM-DDThh:mm:ss.sss'.",
    value: 'datetime',
  },
  'by-duration': {
    text: "Reset to the first record of the last 'PnDTnHnMnS'.",
    value: 'duration',
  },
  'to-earliest': { text: 'Reset to the beginning.' },
  'to-latest': { text: 'Reset to the end.' },
  'shift-by': {
    text: 'Move the committed offsets by so many records, back if negative.',
    value: 'number-of-offsets',
    type: 'long',
  },
} as const satisfies OptionTable

/** A command line with `resetOptions`. */
export type ResetCall = ToolCall<keyof typeof resetOptions>

/** What to reset. */
export interface ResetScope {
  readonly groupId: string
  readonly partitions: readonly TopicPartition[]
}

/** How an offset that was asked for lies to the log. */
export type Outside = 'higher than latest' | 'lower than earliest'

/** In what the tools differ. */
export interface ResetManner {
  /** Told of an offset outside of the log, and of the one that is taken instead. */
  readonly outside: (wanted: NewOffset, how: Outside, offset: number) => Promise<void>
  /** The end itself counts as outside too, and so does the beginning. */
  readonly countsEdges: boolean
  /** Told that a partition has no record as late as was asked for: it goes to its end. */
  readonly late: (place: TopicPartition) => Promise<void>
  /** From where --shift-by counts in a partition without a committed offset; may refuse. */
  readonly uncommitted: (place: TopicPartition) => Promise<number>
  /** The offsets in the text of --from-file. */
  readonly read: (text: string, scope: ResetScope) => Promise<readonly NewOffset[]>
}

/** What a flag names cannot be read: a time, a file, what is in the file. */
export class PlanUnreadable extends Error {
  override readonly name = 'PlanUnreadable'
}

/** @throws PlanUnreadable */
function readable<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw new PlanUnreadable(messageOf(error), { cause: error })
  }
}

/** Where the partitions are to go on; null: the command line does not say. */
export async function plannedOffsets(
  call: ResetCall,
  cluster: Cluster,
  scope: ResetScope,
  manner: ResetManner,
): Promise<readonly NewOffset[] | null> {
  const { options: given, host } = call
  const { partitions } = scope
  if (given.has('to-offset')) {
    const offset = given.numberOf('to-offset')
    const wanted = partitions.map((place) => ({ ...place, offset }))
    return withinLog(cluster, wanted, manner)
  }
  if (given.has('to-earliest')) return offsetsAt(cluster, partitions, offsetTimes.earliest)
  if (given.has('to-latest')) return offsetsAt(cluster, partitions, offsetTimes.latest)
  if (given.has('shift-by')) {
    const wanted = await shifted(cluster, scope, given.numberOf('shift-by'), manner)
    return withinLog(cluster, wanted, manner)
  }
  if (given.has('to-datetime')) {
    const timestamp = readable(() => dateTimeMs(given.values('to-datetime')[0] ?? ''))
    return offsetsFrom(cluster, partitions, timestamp, manner)
  }
  if (given.has('by-duration')) {
    const timestamp = host.clock.nowMs() - durationMs(given.required('by-duration'))
    return offsetsFrom(cluster, partitions, timestamp, manner)
  }
  if (given.has('from-file')) {
    const text = readable(() => readTextFile(host, given.required('from-file')))
    return withinLog(cluster, await manner.read(text, scope), manner)
  }
  return null
}

/** The offsets at a special time. */
export async function offsetsAt(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<readonly NewOffset[]> {
  const answers = await listOffsets(
    cluster,
    partitions.map(({ topic, partition }) => ({ topic, partition, timestamp })),
  )
  return partitions.map(({ topic, partition }) => {
    const answer = answers.get(partitionKey(topic, partition))
    if (answer?.error !== null && answer !== undefined) throw answer.error
    return { topic, partition, offset: answer?.offset ?? 0 }
  })
}

/** The first offsets from a time on; the end where nothing is that young. */
async function offsetsFrom(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  { late: tell }: ResetManner,
): Promise<readonly NewOffset[]> {
  const found = await offsetsAt(cluster, partitions, timestamp)
  const late = found.filter(({ offset }) => offset < 0)
  for (const place of late) await tell(place)
  const ends = await offsetsAt(cluster, late, offsetTimes.latest)
  return [...found.filter(({ offset }) => offset >= 0), ...ends]
}

async function shifted(
  cluster: Cluster,
  { groupId, partitions }: ResetScope,
  by: number,
  { uncommitted }: ResetManner,
): Promise<readonly NewOffset[]> {
  const committed = await committedByKey(cluster, groupId)
  const wanted: NewOffset[] = []
  for (const { topic, partition } of partitions) {
    const current = committed.get(partitionKey(topic, partition))
    const base = current ?? (await uncommitted({ topic, partition }))
    wanted.push({ topic, partition, offset: base + by })
  }
  return wanted
}

/** A group's committed offsets by `partitionKey`. */
export async function committedByKey(
  cluster: Cluster,
  groupId: string,
): Promise<ReadonlyMap<string, number>> {
  const offsets = await committedOffsets(cluster, groupId)
  return new Map(
    offsets.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]),
  )
}

/** Offsets moved into the log where they lie outside. */
async function withinLog(
  cluster: Cluster,
  wanted: readonly NewOffset[],
  { outside, countsEdges }: ResetManner,
): Promise<readonly NewOffset[]> {
  const starts = await offsetsAt(cluster, wanted, offsetTimes.earliest)
  const ends = await offsetsAt(cluster, wanted, offsetTimes.latest)
  const within: NewOffset[] = []
  for (const [index, place] of wanted.entries()) {
    const { offset } = place
    const start = starts[index]?.offset ?? 0
    const end = ends[index]?.offset ?? 0
    if (offset > end || (countsEdges && offset === end)) {
      await outside(place, 'higher than latest', end)
      within.push({ ...place, offset: end })
    } else if (offset < start || (countsEdges && offset === start)) {
      await outside(place, 'lower than earliest', start)
      within.push({ ...place, offset: start })
    } else within.push(place)
  }
  return within
}
