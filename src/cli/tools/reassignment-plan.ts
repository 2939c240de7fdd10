// What kafka-reassign-partitions reads and writes: plans in JSON, and the placement that --generate proposes.
import type { OngoingReassignment, Replica } from '../../client/reassignments.ts'
import { compareText, partitionKey, type TopicPartition } from '../../client/topics.ts'
import { fieldsOf, listOf, numberOf, parseJson, textOf } from './json-input.ts'

/** Replicas that a partition gets. */
export interface PlannedPartition extends TopicPartition {
  readonly replicas: readonly number[]
}

/** A replica, and the directory in which it has to lie. */
export interface PlannedMove extends Replica {
  readonly directory: string
}

export interface ReassignmentPlan {
  readonly partitions: readonly PlannedPartition[]
  /** Only of replicas whose directory is named. */
  readonly moves: readonly PlannedMove[]
}

/** "In whichever directory the broker likes." */
const anyDirectory = 'any'
const planVersion = 1

/** Reads `--reassignment-json-file`. @throws Error in Kafka's words */
export function parsePlan(text: string): ReassignmentPlan {
  const fields = fieldsOf(parseJson(text, 'The input string is not a valid JSON'))
  checkVersion(fields)
  const partitions: PlannedPartition[] = []
  const moves: PlannedMove[] = []
  for (const item of listOf(fields.get('partitions') ?? [])) {
    const entry = fieldsOf(item)
    const place = { topic: textOf(entry, 'topic'), partition: numberOf(entry, 'partition') }
    if (!entry.has('replicas')) throw new Error('No such field exists: `replicas`')
    const replicas = listOf(entry.get('replicas')).map(wholeNumber)
    const directories = entry.has('log_dirs')
      ? listOf(entry.get('log_dirs')).map(String)
      : replicas.map(() => anyDirectory)
    if (replicas.length !== directories.length) {
      throw new Error(
        `Size of replicas list [${replicas.join(', ')}] is different from size of log dirs list [${directories.join(', ')}] for partition ${keyOf(place)}`,
      )
    }
    partitions.push({ ...place, replicas })
    for (const [index, broker] of replicas.entries()) {
      const directory = directories[index] ?? anyDirectory
      if (directory !== anyDirectory) moves.push({ ...place, broker, directory })
    }
  }
  return { partitions, moves }
}

function checkVersion(fields: ReadonlyMap<string, unknown>): void {
  const version = fields.has('version') ? numberOf(fields, 'version') : planVersion
  if (version !== planVersion) throw new Error(`Not supported version field value ${version}`)
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new Error(`Expected \`Integer\` value, received ${JSON.stringify(value)}`)
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}

/** What --execute refuses before it asks anybody. @throws Error in Kafka's words */
export function checkPlan({ partitions }: ReassignmentPlan): void {
  if (partitions.length === 0) throw new Error('Partition reassignment list cannot be empty')
  if (partitions.some(({ replicas }) => replicas.length === 0)) {
    throw new Error('Partition replica list cannot be empty')
  }
  const twice = duplicatesIn(partitions.map(keyOf))
  if (twice.length > 0) {
    throw new Error(
      `Partition reassignment contains duplicate topic partitions: ${twice.join(',')}`,
    )
  }
  const doubled = partitions.flatMap((place) => {
    const brokers = duplicatesIn(place.replicas)
    const named = `${keyOf(place)} contains multiple entries for ${brokers.join(',')}`
    return brokers.length === 0 ? [] : [named]
  })
  if (doubled.length > 0) {
    throw new Error(
      `Partition replica lists may not contain duplicate entries: ${doubled.join('. ')}`,
    )
  }
}

function duplicatesIn<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Set(items.filter((item, index) => items.indexOf(item) !== index))]
}

/** Reads what --generate is given. @throws Error in Kafka's words */
export function parseTopicsToMove(
  text: string,
  brokerList: string,
): { readonly topics: readonly string[]; readonly brokers: readonly number[] } {
  const brokers = brokerList.split(',').map((word) => {
    if (!/^[+-]?\d+$/.test(word)) throw new Error(`For input string: "${word}"`)
    return Number(word)
  })
  const doubled = duplicatesIn(brokers)
  if (doubled.length > 0) {
    throw new Error(`Broker list contains duplicate entries: [${doubled.join(', ')}]`)
  }
  const fields = fieldsOf(parseJson(text, 'The input string is not a valid JSON'))
  checkVersion(fields)
  const topics = listOf(fields.get('topics') ?? []).map((item) => textOf(fieldsOf(item), 'topic'))
  const twice = duplicatesIn(topics)
  if (twice.length > 0) {
    throw new Error(`List of topics to reassign contains duplicate entries: [${twice.join(', ')}]`)
  }
  return { topics, brokers }
}

/** A plan as JSON; replicas whose directory is unknown may lie in any. */
export function planJson(
  partitions: readonly PlannedPartition[],
  directoryOf: (replica: Replica) => string | null,
): string {
  const rows = [...partitions].sort(comparePartitions).map(({ topic, partition, replicas }) => ({
    topic,
    partition,
    replicas,
    log_dirs: replicas.map((broker) => directoryOf({ topic, partition, broker }) ?? anyDirectory),
  }))
  return JSON.stringify({ version: planVersion, partitions: rows })
}

/** By topic, then by number. */
export function comparePartitions(left: TopicPartition, right: TopicPartition): number {
  return compareText(left.topic, right.topic) || left.partition - right.partition
}

export interface PlacementBroker {
  readonly id: number
  readonly rack: string | null
}

/**
 * Spreads each topic over the brokers, leaders and followers in turn, neighbours of other racks where there are any,
 * from a place that `draw` chooses (a whole number below its argument). @throws Error for too few brokers
 */
export function proposePlacement(
  current: readonly PlannedPartition[],
  brokers: readonly PlacementBroker[],
  draw: (below: number) => number,
): readonly PlannedPartition[] {
  const ring = alternateRacks(brokers)
  const starts = new Map<string, number>()
  return [...current].sort(comparePartitions).map(({ topic, partition, replicas }) => {
    if (replicas.length > ring.length) {
      throw new Error(
        `The target replication factor of ${replicas.length} cannot be reached because only ${ring.length} broker(s) are registered.`,
      )
    }
    const start = starts.get(topic) ?? draw(ring.length)
    starts.set(topic, start)
    const placed = replicas.map((_, index) => ring[(start + partition + index) % ring.length] ?? -1)
    return { topic, partition, replicas: placed }
  })
}

/** One broker of each rack, then the next of each, and so on. */
function alternateRacks(brokers: readonly PlacementBroker[]): readonly number[] {
  const racks = new Map<string | null, number[]>()
  for (const { id, rack } of [...brokers].sort((left, right) => left.id - right.id)) {
    racks.set(rack, [...(racks.get(rack) ?? []), id])
  }
  const rows = [...racks.values()]
  const longest = Math.max(0, ...rows.map(({ length }) => length))
  return Array.from({ length: longest }, (_, index) =>
    rows.flatMap((row) => row[index] ?? []),
  ).flat()
}

/** The configs that throttle the copies of a plan: which replicas, by topic, and which brokers. */
export interface PlanThrottles {
  readonly leaders: ReadonlyMap<string, string>
  readonly followers: ReadonlyMap<string, string>
  readonly brokers: readonly number[]
}

/** Sources of a copy are throttled as leaders, new replicas as followers. */
export function throttlesOf(
  plan: readonly PlannedPartition[],
  current: ReadonlyMap<string, readonly number[]>,
  ongoing: ReadonlyMap<string, OngoingReassignment>,
): PlanThrottles {
  const moves = new Map<
    string,
    TopicPartition & { sources: readonly number[]; targets: readonly number[] }
  >()
  for (const { topic, partition, replicas, adding } of ongoing.values()) {
    const sources = replicas.filter((broker) => !adding.includes(broker))
    moves.set(partitionKey(topic, partition), { topic, partition, sources, targets: adding })
  }
  for (const { topic, partition, replicas } of plan) {
    const key = partitionKey(topic, partition)
    const sources = moves.get(key)?.sources ?? current.get(key) ?? []
    const targets = replicas.filter((broker) => !sources.includes(broker))
    moves.set(key, { topic, partition, sources, targets })
  }
  const components = (side: 'sources' | 'targets'): ReadonlyMap<string, string> => {
    const topics = new Map<string, string[]>()
    for (const { topic, partition, ...move } of moves.values()) {
      const list = topics.get(topic) ?? []
      topics.set(topic, list)
      list.push(...move[side].map((broker) => `${partition}:${broker}`))
    }
    return new Map([...topics].map(([topic, list]) => [topic, list.sort(compareText).join(',')]))
  }
  const brokers = [...moves.values()].flatMap(({ sources, targets }) => [...sources, ...targets])
  return {
    leaders: components('sources'),
    followers: components('targets'),
    brokers: [...new Set(brokers)].sort((left, right) => left - right),
  }
}
