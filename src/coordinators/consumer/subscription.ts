// What the members of a consumer group subscribe to: by name and by regular expression, as names,
// as ids, and as one number that changes when the topics do.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { ConsumerDraft, MayDescribe, TopicsView } from './step.ts'
import type { ConsumerMember, ReadonlyGroup, ResolvedRegex } from './state.ts'
import { compilePattern, PatternRefused } from '../../base/pattern.ts'

type Regexes = ReadonlyMap<string, ResolvedRegex>

/** Names of the member's topics, existing or not. A pattern not looked up yet stands for none. */
export function topicNamesOf(member: ConsumerMember, regexes: Regexes): ReadonlySet<string> {
  const names = new Set(member.topicNames)
  for (const name of regexes.get(member.topicRegex)?.topics ?? []) names.add(name)
  return names
}

/** Ids of the member's topics that exist. */
export function topicIdsOf(
  member: ConsumerMember,
  regexes: Regexes,
  topics: TopicsView,
): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const name of topicNamesOf(member, regexes)) {
    const topic = topics.byName(name)
    if (topic !== undefined) ids.add(topic.id)
  }
  return ids
}

/** Whether any member subscribes to the topic. */
export function isGroupSubscribedTo(group: ReadonlyGroup, topic: string): boolean {
  for (const member of group.members.values()) {
    if (member.topicNames.includes(topic)) return true
  }
  for (const regex of group.regexes.values()) if (regex.topics.has(topic)) return true
  return false
}

/**
 * A number that stands for the subscribed topics that exist, with ids and partition counts; 0 for
 * none. Kafka stores a hash of its own here; where the two meet, on a directory that changes hands,
 * the group rebalances once.
 */
export function metadataHash(
  members: Iterable<ConsumerMember>,
  regexes: Regexes,
  topics: TopicsView,
): number {
  const names = new Set<string>()
  for (const member of members) {
    for (const name of topicNamesOf(member, regexes)) names.add(name)
  }
  return topicsHash(names, topics)
}

/** The same for topics by name. */
export function topicsHash(names: ReadonlySet<string>, topics: TopicsView): number {
  const existing: string[] = []
  for (const name of [...names].sort()) {
    const topic = topics.byName(name)
    if (topic !== undefined) existing.push(`${topic.id} ${topic.partitionCount} ${name}`)
  }
  return existing.length === 0 ? 0 : hash53(existing.join('\n'))
}

const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193
const highBits = 0x1fffff

/** Two FNV-1a sums side by side: 53 bits, never 0. */
function hash53(text: string): number {
  let low = fnvOffset
  let high = ~fnvOffset
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    low = Math.imul(low ^ code, fnvPrime)
    high = Math.imul(high ^ (code + index), fnvPrime)
  }
  return (high & highBits) * 2 ** 32 + (low >>> 0) + 1
}

/** `changed`: at once known what it stands for, so the group may be assigned anew. */
export type RegexStatus = 'same' | 'changed' | 'changed-and-resolved'

/** Kafka looks patterns up again no sooner than this after the last time. */
const resolveAgainMs = 10_000

/**
 * Takes a member's new regular expression over, and asks for the look-up of the group's patterns
 * when one is due. @throws KafkaError INVALID_REGULAR_EXPRESSION
 */
export function updateRegex(
  draft: ConsumerDraft,
  before: ConsumerMember,
  after: ConsumerMember,
  mayDescribe: MayDescribe,
): RegexStatus {
  const { group } = draft
  assert(before.memberId === after.memberId, 'a member keeps its id')
  const oldRegex = before.topicRegex
  const newRegex = after.topicRegex
  const countOf = (regex: string) => group.regexSubscribers.get(regex) ?? 0
  let status: RegexStatus = 'same'
  let isNew = false
  if (oldRegex !== newRegex) {
    status = 'changed'
    if (oldRegex !== '' && countOf(oldRegex) === 1) draft.putRegex(oldRegex, null)
    if (newRegex === '') status = 'changed-and-resolved'
    else if (countOf(newRegex) === 0) {
      checkRegex(newRegex)
      isNew = true
    } else if (group.regexes.has(newRegex)) status = 'changed-and-resolved'
  }
  if (isNew || group.regexSubscribers.size > 0) askToResolve(draft, isNew, mayDescribe)
  return status
}

function askToResolve(draft: ConsumerDraft, isNew: boolean, mayDescribe: MayDescribe): void {
  const { nowMs, topics, rules } = draft.input
  const [last] = draft.group.regexes.values()
  if (last !== undefined && nowMs <= last.timestampMs + resolveAgainMs) return
  const subscribed = new Set<string>()
  for (const { topicRegex } of draft.members.values()) {
    if (topicRegex !== '') subscribed.add(topicRegex)
  }
  if (subscribed.size === 0) return
  const isDue =
    isNew ||
    subscribed.size !== draft.group.regexes.size ||
    last === undefined ||
    last.version < topics.lastCreation ||
    nowMs > last.timestampMs + rules.regexRefreshMs
  if (isDue) draft.resolveFor = mayDescribe
}

function checkRegex(regex: string): void {
  try {
    compilePattern(regex)
  } catch (error) {
    if (!(error instanceof PatternRefused)) throw error
    throw new KafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${error.message}.`,
    )
  }
}

/** Looks the group's patterns up; where they stand for other topics now, its epoch grows. */
export function resolveRegexes(draft: ConsumerDraft, mayDescribe: MayDescribe): void {
  const { group, input } = draft
  assert(draft.changes.length === 0, 'a look-up is a step of its own')
  let changed = false
  for (const regex of group.regexSubscribers.keys()) {
    const topics = matchingTopics(regex, input.topics, mayDescribe)
    const known = group.regexes.get(regex)?.topics ?? new Set()
    if (known.size !== topics.size || [...topics].some((name) => !known.has(name))) changed = true
    draft.putRegex(regex, { topics, version: input.topics.version, timestampMs: input.nowMs })
  }
  const hash = metadataHash(draft.members.values(), draft.regexes, input.topics)
  if (changed || hash !== group.metadataHash) draft.bumpEpoch(hash)
  draft.effects.push({ kind: 'topics-checked', version: input.topics.version })
}

function matchingTopics(
  regex: string,
  topics: TopicsView,
  mayDescribe: MayDescribe,
): ReadonlySet<string> {
  const matching = new Set<string>()
  let fits: (name: string) => boolean
  try {
    fits = compilePattern(regex)
  } catch (error) {
    // A pattern that another broker has let in: it stands for nothing here.
    if (error instanceof PatternRefused) return matching
    throw error
  }
  for (const name of topics.names()) if (fits(name) && mayDescribe(name)) matching.add(name)
  return matching
}
