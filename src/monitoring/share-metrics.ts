// How far share groups (KIP-932) have come, and what they hold.
import { toTopicId } from '../base/brands.ts'
import { gauge } from './metric.ts'
import type { Metric, Sample } from './metric.ts'

/** A share group's place in a partition. */
interface SharePosition {
  /** The first record that is not over. */
  readonly startOffset: number
  /** Records that are not over, up to the high watermark. */
  readonly lag: number
  /** Records from the start offset on that the group has begun with. */
  readonly inFlightCount: number
}

const labels = ['sharegroup', 'topic', 'partition'] as const

/** A sample for each partition that a share group has begun to read. */
function ofPositions(read: (position: SharePosition) => number): Metric['samples'] {
  return function* ({ services }): Iterable<Sample> {
    const { catalog, storage, shareStates, shares } = services
    for (const { key, state } of shareStates.states()) {
      const { groupId, topicId, partition } = key
      const topic = catalog.topicById(toTopicId(topicId))
      const store = topic && storage.partition(topic.name, partition)
      if (topic === undefined || store === undefined || state.startOffset < 0) continue
      const { logStartOffset, highWatermark } = store
      const storedStart = Math.max(state.startOffset, logStartOffset)
      // What is stored counts the records behind its start that are over; the leader's start is past them.
      const completeCount = Math.max(0, state.deliveryCompleteCount)
      const live = shares.find(key)?.partition
      const position = {
        startOffset: Math.max(live?.startOffset ?? storedStart, logStartOffset),
        lag: Math.max(0, highWatermark - storedStart - completeCount),
        inFlightCount: live?.inFlightCount ?? 0,
      }
      yield [read(position), groupId, topic.name, String(partition)]
    }
  }
}

export const shareMetrics: readonly Metric[] = [
  gauge(
    'ottla_sharegroup_start_offset',
    'The first record that is not over for the share group.',
    ofPositions(({ startOffset }) => startOffset),
    labels,
  ),
  gauge(
    'ottla_sharegroup_lag',
    'Records that are not over for the share group: neither acknowledged nor given up.',
    ofPositions(({ lag }) => lag),
    labels,
  ),
  gauge(
    'ottla_sharegroup_in_flight',
    'Records that the share group has begun with, from its start offset on, whatever has become of them.',
    ofPositions(({ inFlightCount }) => inFlightCount),
    labels,
  ),
]
