// What the records of a streams group say, before they are bytes. A null value: it is gone.
import type { StreamsHolding, StreamsMemberMetadata } from './state.ts'
import type { Tasks } from './tasks.ts'
import type { Topology } from './topology.ts'

/** StreamsGroupMetadataValue. */
export interface StreamsEpoch {
  readonly epoch: number
  readonly metadataHash: number
  readonly validatedTopologyEpoch: number
  readonly assignmentConfigs: ReadonlyMap<string, string>
}

export type StreamsChange =
  | {
      readonly kind: 'streams-epoch'
      readonly groupId: string
      /** Null: the group itself is gone. */
      readonly value: StreamsEpoch | null
    }
  | {
      readonly kind: 'streams-topology'
      readonly groupId: string
      readonly value: Topology | null
    }
  | {
      readonly kind: 'streams-member'
      readonly groupId: string
      readonly memberId: string
      readonly value: StreamsMemberMetadata | null
    }
  | {
      readonly kind: 'streams-target-epoch'
      readonly groupId: string
      readonly value: { readonly epoch: number; readonly timestampMs: number } | null
    }
  | {
      readonly kind: 'streams-target'
      readonly groupId: string
      readonly memberId: string
      readonly value: Tasks | null
    }
  | {
      readonly kind: 'streams-current'
      readonly groupId: string
      readonly memberId: string
      readonly value: StreamsHolding | null
    }
