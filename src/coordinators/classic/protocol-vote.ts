// Which assignment protocol a group uses: all members must offer it, and each votes for the first
// of its own list that all others offer too.
import { assert, defined } from '../../base/assert.ts'
import type { GroupState, Member, MemberProtocol } from './state.ts'

/** The type of protocol that consumers use: its metadata is a ConsumerProtocolSubscription. */
export const consumerProtocolType = 'consumer'

/**
 * Whether someone who offers these may join: in a group with members, one protocol must be common
 * to all.
 */
export function supportsProtocols(
  state: GroupState,
  protocolType: string,
  protocols: readonly MemberProtocol[],
): boolean {
  if (state.kind === 'empty') return protocolType !== '' && protocols.length > 0
  if (state.protocolType !== protocolType) return false
  return protocols.some(({ name }) => allOffer(state.members, name))
}

/** The protocol with the most votes; of equals the one that the earliest member prefers. */
export function selectProtocol(members: ReadonlyMap<string, Member>): string {
  assert(members.size > 0, 'a group without members has no protocol')
  const candidates = commonProtocols(members)
  const votes = new Map<string, number>()
  for (const member of members.values()) {
    const choice = member.protocols.find(({ name }) => candidates.has(name))
    const { name } = defined(choice, 'every member offers a candidate protocol')
    votes.set(name, (votes.get(name) ?? 0) + 1)
  }
  let best: string | undefined
  let most = 0
  for (const [name, count] of votes) {
    if (count <= most) continue
    best = name
    most = count
  }
  return defined(best, 'a vote has a winner')
}

/** Same names with the same metadata in the same order. */
export function sameProtocols(
  left: readonly MemberProtocol[],
  right: readonly MemberProtocol[],
): boolean {
  if (left.length !== right.length) return false
  return left.every((protocol, index) => {
    const other = right[index]
    return other?.name === protocol.name && other.metadata.equals(protocol.metadata)
  })
}

/** Names that all members offer: among the first member's. */
function commonProtocols(members: ReadonlyMap<string, Member>): ReadonlySet<string> {
  const [first] = members.values()
  const names = first?.protocols.map(({ name }) => name) ?? []
  return new Set(names.filter((name) => allOffer(members, name)))
}

/** True for a group without members: nobody excludes anything. */
function allOffer(members: ReadonlyMap<string, Member>, name: string): boolean {
  for (const { protocols } of members.values()) {
    if (!protocols.some((protocol) => protocol.name === name)) return false
  }
  return true
}
