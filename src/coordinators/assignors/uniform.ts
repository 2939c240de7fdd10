// The uniform assignor: members hold equally many partitions, as far as their subscriptions allow,
// and keep what they have, as far as balance allows. Balance goes before stickiness.
import { assert, defined } from '../../base/assert.ts'
import { sealShare } from './assignor.ts'
import type { Assignment, AssignorInput, AssignorMember, Share } from './assignor.ts'

interface Place {
  readonly topicId: string
  readonly partition: number
}

interface Holder {
  readonly member: AssignorMember
  readonly share: Share
  count: number
}

export function assignUniform(input: AssignorInput): Assignment {
  const holders = input.members.map((member) => ({ member, share: new Map(), count: 0 }))
  if (holders.length > 0) {
    if (input.homogeneous) shareEqually(input, holders)
    else shareBySubscription(input, holders)
  }
  return new Map(holders.map(({ member, share }) => [member.memberId, sealShare(share)]))
}

/**
 * All may hold everything: each keeps up to its quota, who is below is filled up. `extra` members
 * hold one more than the others; those who have it already keep it.
 */
function shareEqually(input: AssignorInput, holders: readonly Holder[]): void {
  let total = 0
  for (const count of input.partitionCounts.values()) total += count
  const quota = Math.floor(total / holders.length)
  let extra = total % holders.length
  const taken = new Map<string, Set<number>>()
  for (const holder of holders) {
    for (const place of currentPlaces(input, holder.member)) {
      if (isIn(taken, place)) continue
      if (holder.count === quota && extra > 0) extra -= 1
      else if (holder.count >= quota) break
      give(holder, place)
      put(taken, place)
    }
  }
  const free = allPlaces(input).filter((place) => !isIn(taken, place))
  let next = 0
  for (const holder of holders) {
    while (holder.count < quota) give(holder, defined(free[next++], 'quotas add up'))
    if (holder.count === quota && extra > 0) {
      extra -= 1
      give(holder, defined(free[next++], 'quotas add up'))
    }
  }
  assert(next === free.length, 'no partition is left over')
}

/**
 * Members may hold different topics: whoever may hold a partition keeps it, the free ones go to the
 * subscriber who has least, then partitions move for as long as that makes two members more equal.
 */
function shareBySubscription(input: AssignorInput, holders: readonly Holder[]): void {
  const subscribers = new Map<string, Holder[]>()
  for (const holder of holders) {
    for (const topicId of holder.member.topicIds) {
      const some = subscribers.get(topicId)
      if (some === undefined) subscribers.set(topicId, [holder])
      else some.push(holder)
    }
  }
  const owners = new Map<string, Map<number, Holder>>()
  for (const holder of holders) {
    for (const place of currentPlaces(input, holder.member)) {
      if (!holder.member.topicIds.has(place.topicId) || ownerOf(owners, place) !== undefined)
        continue
      own(owners, place, holder)
    }
  }
  // Topics with few subscribers first: the others can even out what these make uneven.
  const candidates = (topicId: string) => subscribers.get(topicId) ?? []
  const places = allPlaces(input)
    .filter(({ topicId }) => candidates(topicId).length > 0)
    .sort((a, b) => candidates(a.topicId).length - candidates(b.topicId).length)
  for (const place of places) {
    if (ownerOf(owners, place) === undefined) own(owners, place, least(candidates(place.topicId)))
  }
  // Each move makes the sum of squares smaller, so this ends.
  let moved = true
  while (moved) {
    moved = false
    for (const place of places) {
      const owner = defined(ownerOf(owners, place), 'every partition is owned by now')
      const better = least(candidates(place.topicId))
      if (better.count + 1 >= owner.count) continue
      take(owner, place)
      own(owners, place, better)
      moved = true
    }
  }
}

/** Of equals the one who came first. */
function least(holders: readonly Holder[]): Holder {
  let best = defined(holders[0], 'a partition has a subscriber')
  for (const holder of holders) if (holder.count < best.count) best = holder
  return best
}

/** What the member has and what still exists, topics in the order of the input. */
function currentPlaces({ partitionCounts }: AssignorInput, member: AssignorMember): Place[] {
  const places: Place[] = []
  for (const [topicId, count] of partitionCounts) {
    for (const partition of member.current.get(topicId) ?? []) {
      if (partition < count) places.push({ topicId, partition })
    }
  }
  return places
}

function allPlaces({ partitionCounts }: AssignorInput): Place[] {
  const places: Place[] = []
  for (const [topicId, count] of partitionCounts) {
    for (let partition = 0; partition < count; partition++) places.push({ topicId, partition })
  }
  return places
}

function give(holder: Holder, place: Place): void {
  put(holder.share, place)
  holder.count += 1
}

function take(holder: Holder, { topicId, partition }: Place): void {
  const had = holder.share.get(topicId)?.delete(partition) ?? false
  assert(had, 'only what is held is taken')
  holder.count -= 1
}

function own(owners: Map<string, Map<number, Holder>>, place: Place, holder: Holder): void {
  give(holder, place)
  const ofTopic = owners.get(place.topicId)
  if (ofTopic === undefined) owners.set(place.topicId, new Map([[place.partition, holder]]))
  else ofTopic.set(place.partition, holder)
}

function ownerOf(owners: ReadonlyMap<string, ReadonlyMap<number, Holder>>, place: Place) {
  return owners.get(place.topicId)?.get(place.partition)
}

function put(places: Map<string, Set<number>>, { topicId, partition }: Place): void {
  const ofTopic = places.get(topicId)
  if (ofTopic === undefined) places.set(topicId, new Set([partition]))
  else ofTopic.add(partition)
}

function isIn(places: ReadonlyMap<string, ReadonlySet<number>>, place: Place): boolean {
  return places.get(place.topicId)?.has(place.partition) ?? false
}
