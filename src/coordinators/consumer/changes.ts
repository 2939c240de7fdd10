// What the records of a consumer group say, before they are bytes. A null value: it is gone.
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { MemberHolding, MemberMetadata, ResolvedRegex } from './state.ts'

export type ConsumerChange =
  | {
      readonly kind: 'consumer-member'
      readonly groupId: string
      readonly memberId: string
      readonly value: MemberMetadata | null
    }
  | {
      readonly kind: 'consumer-epoch'
      readonly groupId: string
      /** Null: the group itself is gone. */
      readonly value: { readonly epoch: number; readonly metadataHash: number } | null
    }
  | {
      /** Of Kafka 4.0: only its presence counts. */
      readonly kind: 'consumer-partition-metadata'
      readonly groupId: string
      readonly value: 'present' | null
    }
  | {
      readonly kind: 'consumer-target-epoch'
      readonly groupId: string
      readonly value: { readonly epoch: number; readonly timestampMs: number } | null
    }
  | {
      readonly kind: 'consumer-target'
      readonly groupId: string
      readonly memberId: string
      readonly value: TopicPartitions | null
    }
  | {
      readonly kind: 'consumer-current'
      readonly groupId: string
      readonly memberId: string
      readonly value: MemberHolding | null
    }
  | {
      readonly kind: 'consumer-regex'
      readonly groupId: string
      readonly regex: string
      readonly value: ResolvedRegex | null
    }
