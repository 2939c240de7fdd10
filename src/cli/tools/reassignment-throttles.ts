// The throttles that kafka-reassign-partitions sets for a plan, and lifts when it is done.
import type { Cluster } from '../../client/cluster.ts'
import { alterConfigs, resourceTypes, type ConfigChange } from '../../client/configs.ts'
import type { PlannedMove, PlannedPartition, PlanThrottles } from './reassignment-plan.ts'
import type { ToolHost } from './tool.ts'

const brokerRates = ['leader.replication.throttled.rate', 'follower.replication.throttled.rate']
const moveRate = 'replica.alter.log.dirs.io.max.bytes.per.second'
const topicReplicas = {
  leaders: 'leader.replication.throttled.replicas',
  followers: 'follower.replication.throttled.replicas',
} as const

const set = (name: string, value: string): ConfigChange => ({ name, operation: 'set', value })
const lift = (name: string): ConfigChange => ({ name, operation: 'delete', value: null })

/** Throttles copies between brokers, at `rate` bytes a second. @throws ClientError */
export async function throttleBrokers(
  host: ToolHost,
  cluster: Cluster,
  throttles: PlanThrottles,
  rate: number,
): Promise<void> {
  for (const topic of throttles.leaders.keys()) {
    await alterConfigs(cluster, { type: resourceTypes.topic, name: topic }, [
      set(topicReplicas.leaders, throttles.leaders.get(topic) ?? ''),
      set(topicReplicas.followers, throttles.followers.get(topic) ?? ''),
    ])
  }
  const changes = brokerRates.map((name) => set(name, String(rate)))
  for (const broker of throttles.brokers) {
    await alterConfigs(cluster, { type: resourceTypes.broker, name: String(broker) }, changes)
  }
  await host.out(`The inter-broker throttle limit was set to ${rate} B/s\n`)
}

/** Throttles copies between the directories of a broker, at `rate` bytes a second. @throws ClientError */
export async function throttleMoves(
  host: ToolHost,
  cluster: Cluster,
  moves: readonly PlannedMove[],
  rate: number,
): Promise<void> {
  for (const broker of new Set(moves.map((move) => move.broker))) {
    const resource = { type: resourceTypes.broker, name: String(broker) }
    await alterConfigs(cluster, resource, [set(moveRate, String(rate))])
  }
  await host.out(`The replica-alter-dir throttle limit was set to ${rate} B/s\n`)
}

/** Lifts all throttles: nobody knows which brokers had a part in the plan. @throws ClientError */
export async function clearThrottles(
  host: ToolHost,
  cluster: Cluster,
  plan: readonly PlannedPartition[],
): Promise<void> {
  const known = (await cluster.brokers()).map(({ id }) => id)
  const brokers = [...new Set([...known, ...plan.flatMap(({ replicas }) => replicas)])]
  const plural = (count: number): string => (count === 1 ? '' : 's')
  await host.out(
    `Clearing broker-level throttles on broker${plural(brokers.length)} ${brokers.join(',')}\n`,
  )
  for (const broker of brokers) {
    const resource = { type: resourceTypes.broker, name: String(broker) }
    await alterConfigs(cluster, resource, [...brokerRates, moveRate].map(lift))
  }
  const topics = [...new Set(plan.map(({ topic }) => topic))]
  await host.out(
    `Clearing topic-level throttles on topic${plural(topics.length)} ${topics.join(',')}\n`,
  )
  for (const topic of topics) {
    const resource = { type: resourceTypes.topic, name: topic }
    await alterConfigs(cluster, resource, Object.values(topicReplicas).map(lift))
  }
}
