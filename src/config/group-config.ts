// The configuration keys of a group (resource type 32), and the broker key behind each: what
// DescribeConfigs answers for a group. The coordinators that obey them come with their group kinds.
import { configProblem, type ConfigEntry, type ConfigKind } from './entry.ts'
import { atLeast, bool, int, list, long, oneOf, string } from './kinds.ts'

/**
 * A group's key, and whether a group without an override takes the value of the broker's `group.`
 * key.
 */
export interface GroupConfigEntry<T> extends ConfigEntry<T> {
  readonly source: 'group' | 'own'
}

/** All group keys of Apache Kafka 4.4. */
export const groupConfigTable: Readonly<Record<string, GroupConfigEntry<unknown>>> = {
  'consumer.assignment.interval.ms': groupKey(int(1000, atLeast(0)), 'group'),
  'consumer.assignor.offload.enable': hidden(bool(true), 'group'),
  'consumer.heartbeat.interval.ms': groupKey(int(5000, atLeast(1)), 'group'),
  'consumer.session.timeout.ms': groupKey(int(45000, atLeast(1)), 'group'),
  'errors.deadletterqueue.copy.record.enable': groupKey(bool(false), 'own'),
  'errors.deadletterqueue.topic.name': groupKey(string(''), 'own'),
  'share.assignment.interval.ms': groupKey(int(1000, atLeast(0)), 'group'),
  'share.assignor.offload.enable': hidden(bool(true), 'group'),
  'share.auto.offset.reset': groupKey(offsetReset(), 'own'),
  'share.delivery.count.limit': groupKey(int(5, atLeast(2)), 'group'),
  'share.heartbeat.interval.ms': groupKey(int(5000, atLeast(1)), 'group'),
  'share.isolation.level': groupKey(
    oneOf('read_uncommitted', ['read_committed', 'read_uncommitted']),
    'own',
  ),
  'share.partition.max.record.locks': groupKey(int(2000, atLeast(100)), 'group'),
  'share.record.lock.duration.ms': groupKey(int(30000, atLeast(1000)), 'group'),
  'share.renew.acknowledge.enable': groupKey(bool(true), 'own'),
  'share.session.timeout.ms': groupKey(int(45000, atLeast(1)), 'group'),
  'streams.acceptable.recovery.lag': hidden(long(10000, atLeast(0)), 'group'),
  'streams.assignment.interval.ms': groupKey(int(1000, atLeast(0)), 'group'),
  'streams.assignor.name': groupKey(string(null), 'own'),
  'streams.assignor.offload.enable': hidden(bool(true), 'group'),
  'streams.heartbeat.interval.ms': groupKey(int(5000, atLeast(1)), 'group'),
  'streams.initial.rebalance.delay.ms': groupKey(int(3000, atLeast(0)), 'group'),
  'streams.num.standby.replicas': groupKey(int(0, atLeast(0)), 'group'),
  'streams.num.warmup.replicas': hidden(int(2, atLeast(0)), 'group'),
  'streams.rack.aware.assignment.tags': groupKey(list(''), 'group'),
  'streams.session.timeout.ms': groupKey(int(45000, atLeast(1)), 'group'),
  'streams.task.offset.interval.ms': hidden(int(60000, atLeast(1)), 'group'),
}

/** The broker key that a group's key falls back to: the same words with `group.` before them. */
export function groupBrokerKey(name: string): string | null {
  return groupConfigTable[name]?.source === 'group' ? `group.${name}` : null
}

/**
 * Why a group cannot have this whole set of values, or null. `brokerText` gives the value of a
 * broker key: `group.<kind>.min.<key>` and `group.<kind>.max.<key>` bound `<kind>.<key>`.
 */
export function validateGroupConfigs(
  overrides: ReadonlyMap<string, string>,
  brokerText: (name: string) => string | null,
): string | null {
  for (const [name, value] of overrides) {
    const entry = Object.hasOwn(groupConfigTable, name) ? groupConfigTable[name] : undefined
    if (entry === undefined) return `Unknown group config name: ${name}`
    const outcome = entry.parse(value)
    if (!outcome.ok) return configProblem(name, value, outcome.reason).message
  }
  for (const [name, value] of overrides) {
    const problem = boundProblem(name, Number(value), brokerText)
    if (problem !== null) return problem
  }
  return kinds.map((kind) => timeoutProblem(kind, overrides, brokerText)).find(isText) ?? null
}

const kinds = ['consumer', 'share', 'streams'] as const

function boundProblem(
  name: string,
  value: number,
  brokerText: (name: string) => string | null,
): string | null {
  const [kind = '', ...words] = name.split('.')
  const rest = words.filter((word) => word !== 'num').join('.')
  const minKey = `group.${kind}.min.${rest}`
  const min = brokerText(minKey)
  if (min !== null && value < Number(min)) {
    return `${name} must be greater than or equal to ${minKey}`
  }
  const maxKey = `group.${kind}.max.${rest}`
  const max = brokerText(maxKey)
  if (max !== null && value > Number(max)) return `${name} must be less than or equal to ${maxKey}`
  return null
}

/** A member must have time for more than one heartbeat. */
function timeoutProblem(
  kind: (typeof kinds)[number],
  overrides: ReadonlyMap<string, string>,
  brokerText: (name: string) => string | null,
): string | null {
  const valueOf = (name: string) => Number(overrides.get(name) ?? brokerText(`group.${name}`))
  const [session, heartbeat] = [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`]
  if (valueOf(session) > valueOf(heartbeat)) return null
  return `${session} must be greater than ${heartbeat}`
}

function isText(problem: string | null): problem is string {
  return problem !== null
}

/** `latest`, `earliest`, or `by_duration:` with an ISO 8601 duration. */
function offsetReset(): ConfigKind<string> {
  const words = ['latest', 'earliest', 'by_duration:PnDTnHnMn.nS']
  const duration = /^by_duration:P(?=[0-9T])(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/
  return string('latest', {
    text: `[${words.join(', ')}]`,
    problem: (value) =>
      words.slice(0, 2).includes(value) || duration.test(value)
        ? null
        : `String must be one of: ${words.join(', ')}`,
  })
}

function groupKey<T>(kind: ConfigKind<T>, source: 'group' | 'own'): GroupConfigEntry<T> {
  const doc = 'A setting of one group, in place of the broker’s.'
  return { ...kind, source, doc, importance: 'medium', update: 'live', internal: false }
}

function hidden<T>(kind: ConfigKind<T>, source: 'group' | 'own'): GroupConfigEntry<T> {
  return { ...groupKey(kind, source), internal: true }
}
