// What the coordinators of groups and transactions have, and how often they have worked.
import { CountByWord } from '../metrics/instruments.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, Sample } from './metric.ts'

export const everyGroup = { states: [], types: [] } as const

/** Kafka's gauges by the state that they count. */
const stateGauges: readonly (readonly [name: string, state: string])[] = [
  ['numgroupspreparingrebalance', 'PreparingRebalance'],
  ['numgroupscompletingrebalance', 'CompletingRebalance'],
  ['numgroupsstable', 'Stable'],
  ['numgroupsdead', 'Dead'],
  ['numgroupsempty', 'Empty'],
]

const manager = 'kafka_coordinator_group_groupmetadatamanager'

export const groupMetrics: readonly Metric[] = [
  gauge(`${manager}_numgroups`, 'Groups of all kinds.', ({ services }) => [
    [services.groups.list(everyGroup).groups.length],
  ]),
  ...stateGauges.map(([name, state]) =>
    gauge(`${manager}_${name}`, `Groups in the state ${state}.`, ({ services }) => [
      [services.groups.list({ states: [state], types: [] }).groups.length],
    ]),
  ),
  gauge(
    'ottla_groups',
    'Groups by type (classic, consumer, share) and state.',
    ({ services }) => {
      const counts = new CountByWord()
      for (const { type, state } of services.groups.list(everyGroup).groups) {
        counts.add(`${type} ${state}`)
      }
      return Array.from(counts.entries(), ([typeAndState, count]): Sample => {
        const [type = '', state = ''] = typeAndState.split(' ')
        return [count, type, state]
      })
    },
    ['type', 'state'],
  ),
  gauge(`${manager}_numoffsets`, 'Committed offsets of all groups.', ({ services }) => {
    let count = 0
    for (const _ of services.groups.committedOffsets()) count += 1
    return [[count]]
  }),
  counter(
    'ottla_group_offset_commits_total',
    'Offsets that clients asked to commit, outside of transactions.',
    ({ services }) => [[services.instruments.offsetCommits]],
  ),
  counter(
    'ottla_group_rebalances_total',
    'Rebalances since the start, by what made the group begin: join, leave, disconnected, session-expired, join-timeout, sync-timeout; of consumer groups (KIP-848) consumer-heartbeat and fence.',
    ({ services }) => countSamples(services.instruments.rebalances),
    ['reason'],
  ),
  gauge(
    'ottla_transactions',
    'Transactional ids by the state of their transaction.',
    ({ services }) => {
      const counts = new CountByWord()
      for (const { status } of services.transactions.list(everyTransaction).transactions) {
        counts.add(status)
      }
      return countSamples(counts)
    },
    ['state'],
  ),
]

function countSamples(counts: CountByWord): readonly Sample[] {
  return Array.from(counts.entries(), ([word, count]) => [count, word])
}

const everyTransaction = {
  producerIds: new Set<number>(),
  statuses: null,
  durationMs: -1,
  matches: null,
}
