// What the records of a share group say, before they are bytes. A null value: it is gone.
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { ShareMemberHolding, ShareMemberMetadata, SharePartitionsMetadata } from './state.ts'

export type ShareChange =
  | {
      readonly kind: 'share-member'
      readonly groupId: string
      readonly memberId: string
      readonly value: ShareMemberMetadata | null
    }
  | {
      readonly kind: 'share-epoch'
      readonly groupId: string
      /** Null: the group itself is gone. */
      readonly value: { readonly epoch: number; readonly metadataHash: number } | null
    }
  | {
      readonly kind: 'share-target-epoch'
      readonly groupId: string
      readonly value: { readonly epoch: number; readonly timestampMs: number } | null
    }
  | {
      readonly kind: 'share-target'
      readonly groupId: string
      readonly memberId: string
      readonly value: TopicPartitions | null
    }
  | {
      readonly kind: 'share-current'
      readonly groupId: string
      readonly memberId: string
      readonly value: ShareMemberHolding | null
    }
  | {
      readonly kind: 'share-partitions'
      readonly groupId: string
      readonly value: SharePartitionsMetadata | null
    }
