// Topics, offsets of logs and configurations as JSON documents.
import { describeConfigs, resourceTypes, type ConfigEntry } from '../../client/configs.ts'
import type { Cluster } from '../../client/cluster.ts'
import { listOffsets, offsetTimes } from '../../client/offsets.ts'
import { describeTopics, listTopics } from '../../client/topics.ts'
import { UsageError } from '../tools/tool.ts'
import { namesOr, type Report } from './report.ts'

const topicFields = {
  'topics[].name': 'the name',
  'topics[].topicId': 'the id: 22 characters of base64url',
  'topics[].isInternal': 'whether the broker keeps it for itself',
} as const

export const topicsList: Report = {
  text: 'All topics, by name.',
  fields: topicFields,
  read: async (cluster) => ({ topics: await listTopics(cluster) }),
}

export const topicsDescribe: Report = {
  text: 'Topics with their partitions and the configurations that are set for them.',
  subject: 'topic',
  fields: {
    ...topicFields,
    'topics[].configs[].name': "a configuration of the topic's own",
    'topics[].configs[].value': 'its value',
    'topics[].partitions[].partition': 'the number of the partition',
    'topics[].partitions[].leader': 'the id of the leader; -1: none',
    'topics[].partitions[].leaderEpoch': 'the epoch of the leader',
    'topics[].partitions[].replicas[]': 'ids of brokers that hold it',
    'topics[].partitions[].isr[]': 'ids of those in sync',
    'topics[].partitions[].eligibleLeaderReplicas[]':
      'ids of those out of sync that may still lead; null: the broker does not tell',
    'topics[].partitions[].lastKnownEligibleLeaderReplicas[]':
      'ids of those that may have all records; null: the broker does not tell',
  },
  read: async (cluster, { names }) => {
    const wanted = await namesOr(names, () => topicNames(cluster))
    const topics = await describeTopics(cluster, wanted)
    const configs = await describeConfigs(
      cluster,
      topics.map(({ name }) => ({ type: resourceTypes.topic, name })),
    )
    return {
      topics: topics.map(({ name, topicId, isInternal, partitions }, index) => ({
        name,
        topicId,
        isInternal,
        configs: (configs[index] ?? [])
          .filter(({ source }) => source === 'DYNAMIC_TOPIC_CONFIG')
          .map((entry) => ({ name: entry.name, value: entry.value })),
        partitions,
      })),
    }
  },
}

async function topicNames(cluster: Cluster): Promise<readonly string[]> {
  return (await listTopics(cluster)).map(({ name }) => name)
}

export const offsetsGet: Report = {
  text: 'Offsets of partitions: their ends, or what --time asks for.',
  subject: 'topic',
  options: {
    time: {
      text: `Which offset: ${Object.keys(offsetTimes).join(', ')}, or the first from a timestamp (ms) on.`,
      value: 'time',
      fallback: 'latest',
    },
  },
  fields: {
    'offsets[].topic': 'the topic',
    'offsets[].partition': 'the number of the partition',
    'offsets[].offset': 'the offset; -1: there is none',
    'offsets[].timestamp': 'the timestamp of the record there, if one was searched for; else -1',
    'offsets[].leaderEpoch': "the leader's epoch of the record there; -1: unknown",
    'offsets[].error': 'the name of the error for this partition, or null',
  },
  read: async (cluster, { names, options }) => {
    const timestamp = timeOf(options.required('time'))
    const topics = await describeTopics(cluster, await namesOr(names, () => topicNames(cluster)))
    const questions = topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partition }) => ({ topic, partition, timestamp })),
    )
    const answers = await listOffsets(cluster, questions)
    return {
      offsets: [...answers.values()].map(({ error, ...answer }) => ({
        ...answer,
        error: error?.errorName ?? null,
      })),
    }
  },
}

function timeOf(text: string): number {
  const named = new Map<string, number>(Object.entries(offsetTimes)).get(text)
  if (named !== undefined) return named
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(
    `--time takes a timestamp in ms, or one of ${Object.keys(offsetTimes).join(', ')}`,
  )
}

const configured = {
  topic: resourceTypes.topic,
  broker: resourceTypes.broker,
  group: resourceTypes.group,
  'client-metrics': resourceTypes.clientMetrics,
} as const

export const configsDescribe: Report = {
  text: 'The configurations that are set for what is named; --all: every one.',
  subject: 'topic',
  options: {
    broker: { text: "A broker, by its id; '' is every broker's default.", value: 'id' },
    group: { text: 'A group.', value: 'group' },
    'client-metrics': { text: 'A client metrics subscription.', value: 'name' },
    all: { text: 'Also what is not set.' },
  },
  fields: {
    'configs[].type': `what it is the configuration of: ${Object.keys(configured).join(', ')}`,
    'configs[].name': "its name, or a broker's id; empty: every broker's default",
    'configs[].entries[].name': 'the key',
    'configs[].entries[].value': 'the value; null: secret, or none',
    'configs[].entries[].source': "where it comes from, in Kafka's words: DYNAMIC_TOPIC_CONFIG, …",
    'configs[].entries[].isSensitive': 'whether it is secret',
    'configs[].entries[].isReadOnly': 'whether only a restart changes it',
    'configs[].entries[].synonyms[].name': 'a key that counts where the ones in front are not set',
    'configs[].entries[].synonyms[].value': 'its value',
    'configs[].entries[].synonyms[].source': 'where that comes from',
  },
  read: async (cluster, { names, options }) => {
    const others = (['broker', 'group', 'client-metrics'] as const).flatMap((type) =>
      options.values(type).map((name) => ({ type, name })),
    )
    const wanted = [...names.map((name) => ({ type: 'topic' as const, name })), ...others]
    if (wanted.length === 0) {
      throw new UsageError('Name a topic, or what --broker, --group or --client-metrics say.')
    }
    const found = await describeConfigs(
      cluster,
      wanted.map(({ type, name }) => ({ type: configured[type], name })),
      { synonyms: true },
    )
    const isShown = ({ source }: ConfigEntry): boolean =>
      options.has('all') || source.startsWith('DYNAMIC_')
    return {
      configs: wanted.map((resource, index) => ({
        ...resource,
        entries: (found[index] ?? []).filter(isShown),
      })),
    }
  },
}
