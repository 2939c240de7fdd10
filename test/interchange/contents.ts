// What a broker's clients can see of its data directory, as plain values: two brokers that serve
// the same directory have the same contents.
import { batchIsControl, batchSize, logOverheadBytes } from '../../protocol/record-batch.ts'
import { readRecords } from '../../protocol/records.ts'
import { earliest, latest, offsetAt } from '../support/partition-reader.ts'
import { WireClient } from '../support/wire-client.ts'

const fetchVersion = 12
const fetchBytesMax = 1 << 20
const inflatedBytesMax = 64 << 20
/** Topics of this name are compacted while they are looked at. */
const compactedPrefix = 'compacted'
const topicResource = 2
/** DescribeConfigs: the source is the topic itself. */
const dynamicTopicConfig = 1

export interface Contents {
  readonly topics: Readonly<Record<string, TopicContents>>
  readonly groups: Readonly<Record<string, unknown>>
  readonly transactions: Readonly<Record<string, unknown>>
}

interface TopicContents {
  readonly id: string
  readonly configs: Readonly<Record<string, string | null>>
  readonly partitions: readonly PartitionContents[]
}

interface PartitionContents {
  readonly start: number
  readonly end: number
  /** What read_committed may see ends here. */
  readonly lastStable: number
  readonly records: readonly string[]
  readonly committed: readonly string[]
}

/** Topics without the internal ones; groups and transactions with their states. */
export async function readContents(bootstrap: string): Promise<Contents> {
  const wire = await WireClient.open(bootstrap)
  try {
    return {
      topics: await readTopics(wire),
      groups: await readGroups(wire),
      transactions: await readTransactions(wire),
    }
  } finally {
    wire.end()
  }
}

async function readTopics(wire: WireClient): Promise<Contents['topics']> {
  const { topics } = await wire.call('Metadata', 12, { topics: null })
  const contents: Record<string, TopicContents> = {}
  const own = topics.filter(({ isInternal }) => !isInternal)
  for (const topic of own.sort((a, b) => (a.name ?? '').localeCompare(b.name ?? ''))) {
    const name = topic.name ?? ''
    const partitions: PartitionContents[] = []
    for (let partition = 0; partition < topic.partitions.length; partition++) {
      partitions.push(await readPartition(wire, { topic: name, partition }))
    }
    contents[name] = { id: topic.topicId, configs: await readConfigs(wire, name), partitions }
  }
  return contents
}

async function readConfigs(
  wire: WireClient,
  resourceName: string,
): Promise<TopicContents['configs']> {
  const { results } = await wire.call('DescribeConfigs', 4, {
    resources: [{ resourceType: topicResource, resourceName, configurationKeys: null }],
  })
  const own = (results[0]?.configs ?? []).filter((each) => each.configSource === dynamicTopicConfig)
  return Object.fromEntries(
    own.map(({ name, value }) => [name, value] as const).sort(([a], [b]) => a.localeCompare(b)),
  )
}

async function readPartition(
  wire: WireClient,
  where: { readonly topic: string; readonly partition: number },
): Promise<PartitionContents> {
  const start = await offsetAt(wire, where, earliest)
  const end = await offsetAt(wire, where, latest)
  const all = await readRecordsOf(wire, where, { start, end, isolationLevel: 0 })
  const committed = await readRecordsOf(wire, where, { start, end, isolationLevel: 1 })
  const { lastStable } = committed
  const isCompacted = where.topic.startsWith(compactedPrefix)
  const settled = ({ records }: { records: string[] }): string[] =>
    isCompacted ? latestByKey(records) : records
  return { start, end, lastStable, records: settled(all), committed: settled(committed) }
}

/** What compaction must keep, however far it has come. */
function latestByKey(records: readonly string[]): string[] {
  const latestOf = new Map<string, string>()
  for (const record of records) {
    const [, key = '', value = ''] = /^\S+ \S+ (.*?)=(.*)$/.exec(record) ?? []
    if (value === 'null') latestOf.delete(key)
    else latestOf.set(key, record)
  }
  return [...latestOf.values()].sort()
}

async function readRecordsOf(
  wire: WireClient,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  range: { readonly start: number; readonly end: number; readonly isolationLevel: number },
): Promise<{ records: string[]; lastStable: number }> {
  const records: string[] = []
  let lastStable = -1
  for (let next = range.start; next < range.end;) {
    const { responses } = await wire.call('Fetch', fetchVersion, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: fetchBytesMax,
      isolationLevel: range.isolationLevel,
      topics: [
        {
          topic,
          partitions: [{ partition, fetchOffset: next, partitionMaxBytes: fetchBytesMax }],
        },
      ],
      forgottenTopicsData: [],
    })
    const answer = responses[0]?.partitions[0]
    if (answer?.errorCode !== 0) {
      throw new Error(`Fetch of ${topic}-${partition} at ${next}: error ${answer?.errorCode}`)
    }
    lastStable = answer.lastStableOffset
    const aborted = (answer.abortedTransactions ?? [])
      .map((one) => `${one.producerId} ${one.firstOffset}`)
      .sort()
    const bytes = answer.records === null ? Buffer.alloc(0) : Buffer.from(answer.records as Buffer)
    const before = next
    for (let at = 0; at + logOverheadBytes < bytes.length; at += batchSize(bytes, at)) {
      if (at + batchSize(bytes, at) > bytes.length) break
      const kind = batchIsControl(bytes, at) ? 'control ' : ''
      next = Math.max(next, Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23) + 1)
      for (const record of await readRecords(bytes, at, inflatedBytesMax)) {
        const { offset, timestamp, key, value } = record
        if (offset < before) continue
        const content = kind === '' ? `${text(key)}=${text(value)}` : key?.toString('hex')
        records.push(`${offset} ${timestamp} ${kind}${content}`)
      }
    }
    if (range.isolationLevel === 1 && next === before) break
    if (aborted.length > 0) records.push(`aborted ${aborted.join()}`)
    if (next === before) throw new Error(`nothing at ${next} of ${topic}-${partition}`)
  }
  return { records, lastStable }
}

function text(bytes: Buffer | null): string {
  return bytes === null ? 'null' : bytes.toString('utf8')
}

async function readGroups(wire: WireClient): Promise<Contents['groups']> {
  const { groups } = await wire.call('ListGroups', 5, { statesFilter: [], typesFilter: [] })
  const contents: Record<string, unknown> = {}
  for (const { groupId, groupType, protocolType } of groups.sort((a, b) =>
    a.groupId.localeCompare(b.groupId),
  )) {
    const { groups: offsets } = await wire.call('OffsetFetch', 8, {
      groups: [{ groupId, topics: null }],
      requireStable: false,
    })
    const topics = offsets[0]?.topics ?? []
    const committed = topics.flatMap(({ name, partitions }) =>
      partitions.map((each) => {
        const { partitionIndex, committedOffset, metadata } = each
        return `${name}-${partitionIndex} ${committedOffset} ${metadata}`
      }),
    )
    contents[groupId] = { groupType, protocolType, committed: committed.sort() }
  }
  return contents
}

async function readTransactions(wire: WireClient): Promise<Contents['transactions']> {
  const { transactionStates } = await wire.call('ListTransactions', 0, {
    stateFilters: [],
    producerIdFilters: [],
  })
  const transactionalIds = transactionStates.map((one) => one.transactionalId).sort()
  const described = await wire.call('DescribeTransactions', 0, { transactionalIds })
  return Object.fromEntries(
    described.transactionStates.map((state) => {
      const topics = state.topics.map(({ topic, partitions }) => `${topic} ${partitions.join()}`)
      const { transactionState, producerId, producerEpoch } = state
      return [state.transactionalId, { transactionState, producerId, producerEpoch, topics }]
    }),
  )
}

/** ACLs, SCRAM users and quotas, as only an Apache Kafka with an authorizer can tell. */
export async function readSecurity(bootstrap: string): Promise<unknown> {
  const wire = await WireClient.open(bootstrap)
  try {
    const acls = await wire.call('DescribeAcls', 3, {
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    })
    const scram = await wire.call('DescribeUserScramCredentials', 0, { users: null })
    const quotas = await wire.call('DescribeClientQuotas', 1, { components: [], strict: false })
    return { acls: acls.resources, scram: scram.results, quotas: quotas.entries }
  } finally {
    wire.end()
  }
}
