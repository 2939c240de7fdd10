// Groups of every kind as JSON documents.
import {
  describeConsumerGroup,
  listConsumerGroups,
  listGroups,
  type ConsumerGroupDescription,
} from '../../client/groups.ts'
import type { Cluster } from '../../client/cluster.ts'
import { describeShareGroup, shareGroupOffsets } from '../../client/share-groups.ts'
import { offsetRows } from '../tools/group-tables.ts'
import { namesOr, type Report } from './report.ts'

const listFields = {
  'groups[].groupId': 'the id',
  'groups[].type': 'Classic, Consumer, Share or Streams',
  'groups[].state': "the state, in Kafka's words: Stable, Empty, …",
  'groups[].protocolType': 'what the members agree upon: consumer for consumers',
} as const

const coordinatorFields = {
  'groups[].coordinator.id': 'the id of the broker that coordinates it',
  'groups[].coordinator.host': 'where that is',
  'groups[].coordinator.port': 'where that is',
} as const

export const groupsList: Report = {
  text: 'All consumer groups, by id.',
  fields: listFields,
  read: async (cluster) => ({ groups: await listConsumerGroups(cluster) }),
}

export const groupsDescribe: Report = {
  text: 'Consumer groups with their members, offsets and lag.',
  subject: 'group',
  fields: {
    'groups[].groupId': 'the id',
    'groups[].type': 'Classic or Consumer',
    'groups[].state': "the state, in Kafka's words",
    'groups[].assignor': 'what shares out the partitions; may be empty',
    ...coordinatorFields,
    'groups[].groupEpoch': 'how often the group has changed; null for classic groups',
    'groups[].targetAssignmentEpoch': 'for which of these it was shared out; null likewise',
    'groups[].members[].memberId': 'the id of the member',
    'groups[].members[].instanceId': 'group.instance.id, or null',
    'groups[].members[].clientId': 'client.id',
    'groups[].members[].host': 'from where it comes',
    'groups[].members[].memberEpoch': 'which epoch it has reached; null for classic groups',
    'groups[].members[].upgraded':
      'whether it speaks the consumer protocol (KIP-848); null: not told',
    'groups[].members[].assignment[].topic': 'a topic that it reads',
    'groups[].members[].assignment[].partition': 'and the partition',
    'groups[].members[].targetAssignment[].topic': 'a topic that it is to read; null for classic',
    'groups[].members[].targetAssignment[].partition': 'and the partition',
    'groups[].offsets[].topic': 'a topic that is assigned, or has an offset',
    'groups[].offsets[].partition': 'the partition',
    'groups[].offsets[].currentOffset': 'what was committed, or null',
    'groups[].offsets[].leaderEpoch': 'the epoch that was committed with it, or null',
    'groups[].offsets[].logEndOffset': 'the end of the partition; null: it has no leader',
    'groups[].offsets[].lag': 'how many offsets lie between; null: one of them is unknown',
    'groups[].offsets[].memberId': 'who reads it, or null',
  },
  read: async (cluster, { names }) => {
    const all = async () => (await listConsumerGroups(cluster)).map(({ groupId }) => groupId)
    const groups = []
    for (const groupId of await namesOr(names, all)) {
      const { coordinator, ...group } = await describeConsumerGroup(cluster, groupId)
      groups.push({
        ...group,
        coordinator: placeOf(coordinator),
        offsets: await offsetsOf(cluster, { ...group, coordinator }),
      })
    }
    return { groups }
  },
}

async function offsetsOf(cluster: Cluster, group: ConsumerGroupDescription) {
  const owners = new Set(group.members.map(({ memberId }) => memberId))
  const rows = await offsetRows(cluster, group)
  return rows.map(({ topic, partition, committed, leaderEpoch, end, memberId }) => ({
    topic,
    partition,
    currentOffset: committed,
    leaderEpoch,
    logEndOffset: end,
    lag: committed === null || end === null ? null : end - committed,
    memberId: owners.has(memberId) ? memberId : null,
  }))
}

function placeOf({ id, host, port }: ConsumerGroupDescription['coordinator']) {
  return { id, host, port }
}

export const shareGroupsList: Report = {
  text: 'All share groups, by id.',
  fields: listFields,
  read: async (cluster) => ({ groups: await listGroups(cluster, { types: ['share'] }) }),
}

export const shareGroupsDescribe: Report = {
  text: 'Share groups with their members, and where they stand.',
  subject: 'group',
  fields: {
    'groups[].groupId': 'the id',
    'groups[].state': "the state, in Kafka's words",
    ...coordinatorFields,
    'groups[].groupEpoch': 'how often the group has changed',
    'groups[].assignmentEpoch': 'for which of these it was shared out',
    'groups[].members[].memberId': 'the id of the member',
    'groups[].members[].clientId': 'client.id',
    'groups[].members[].host': 'from where it comes',
    'groups[].members[].memberEpoch': 'which epoch it has reached',
    'groups[].members[].assignment[].topic': 'a topic that it reads',
    'groups[].members[].assignment[].partition': 'and the partition',
    'groups[].offsets[].topic': 'a topic that the group has read',
    'groups[].offsets[].partition': 'the partition',
    'groups[].offsets[].startOffset': 'the first offset that is not done with; null: not yet read',
    'groups[].offsets[].leaderEpoch': 'the epoch of that, or null',
    'groups[].offsets[].lag': 'how many records are not done with, or null',
  },
  read: async (cluster, { names }) => {
    const all = async () =>
      (await listGroups(cluster, { types: ['share'] })).map(({ groupId }) => groupId)
    const groups = []
    for (const groupId of await namesOr(names, all)) {
      const group = await describeShareGroup(cluster, groupId)
      const offsets = await shareGroupOffsets(cluster, groupId)
      groups.push({ ...group, coordinator: placeOf(group.coordinator), offsets })
    }
    return { groups }
  },
}
