// What a group may be told, whatever its kind, and which machine each event is for.
import type { GroupEvent } from './classic/step.ts'
import { sessionTimer } from './classic/step.ts'
import type { ConsumerEvent } from './consumer/step.ts'
import type { ShareEvent } from './share/step.ts'
import type { StreamsEvent } from './streams/step.ts'

/** What a group may be told; its kind of group decides what that means. */
export type AnyGroupEvent = GroupEvent | ConsumerEvent | ShareEvent | StreamsEvent

/** The timer that brought the event; null for events that no timer brings. */
export function timerOf(event: GroupEvent): string | null {
  switch (event.kind) {
    case 'session-expired':
      return sessionTimer(event.memberId)
    case 'initial-delay-over':
    case 'join-timeout':
      return 'join'
    case 'sync-timeout':
      return 'sync'
    case 'join':
    case 'sync':
    case 'heartbeat':
    case 'leave':
    case 'committed':
    case 'disconnected':
    case 'rebalance':
      return null
  }
}

export function isStreamsEvent(event: AnyGroupEvent): event is StreamsEvent {
  return (
    event.kind === 'streams-heartbeat' ||
    event.kind === 'streams-fence' ||
    event.kind === 'streams-assign'
  )
}

export function isShareEvent(event: AnyGroupEvent): event is ShareEvent {
  return event.kind === 'share-heartbeat' || event.kind === 'share-fence'
}

export function isConsumerEvent(event: AnyGroupEvent): event is ConsumerEvent {
  return (
    event.kind === 'consumer-heartbeat' ||
    event.kind === 'fence' ||
    event.kind === 'resolve-regexes'
  )
}
