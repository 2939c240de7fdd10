// The records of the coordinators' topics, by their numbers: key and value as JSON.
import { messageCodecs } from '../../../protocol/codecs/registry.ts'
import * as consumerRecords from '../../../protocol/messages/consumer-group-records.ts'
import * as groupRecords from '../../../protocol/messages/group-records.ts'
import * as shareGroupRecords from '../../../protocol/messages/share-group-records.ts'
import * as shareStateRecords from '../../../protocol/messages/share-state-records.ts'
import * as streamsRecords from '../../../protocol/messages/streams-group-records.ts'
import * as transactionRecords from '../../../protocol/messages/transaction-records.ts'
import { ExactReader, Reader } from '../../../protocol/reader.ts'
import type { MessageDefinition } from '../../../protocol/schema.ts'
import { messageJson, type BytesJson } from './message-json.ts'

/** Key and value of one type of record. */
export type RecordSchema = readonly [key: MessageDefinition, value: MessageDefinition]

/** What `__consumer_offsets` holds of committed offsets. */
export const offsetRecordTypes: readonly RecordSchema[] = [
  [groupRecords.legacyOffsetCommitKey, groupRecords.legacyOffsetCommitValue],
  [groupRecords.offsetCommitKey, groupRecords.offsetCommitValue],
]

/** What `__consumer_offsets` holds of classic groups. */
export const groupMetadataTypes: readonly RecordSchema[] = [
  [groupRecords.groupMetadataKey, groupRecords.groupMetadataValue],
]

/** `__transaction_state`. */
export const transactionRecordTypes: readonly RecordSchema[] = [
  [transactionRecords.transactionLogKey, transactionRecords.transactionLogValue],
]

/** `__share_group_state`. */
export const shareStateTypes: readonly RecordSchema[] = pairsIn(shareStateRecords)

/** What `__consumer_offsets` holds of share groups. */
export const shareGroupTypes: readonly RecordSchema[] = pairsIn(shareGroupRecords)

/** All of `__consumer_offsets`. */
export const groupRecordTypes: readonly RecordSchema[] = [
  ...offsetRecordTypes,
  ...groupMetadataTypes,
  ...pairsIn(consumerRecords),
  ...shareGroupTypes,
  ...pairsIn(streamsRecords),
]

/** Definitions of keys come with those of their values, under the same number. */
function pairsIn(module: Readonly<Record<string, MessageDefinition>>): RecordSchema[] {
  const definitions = Object.values(module)
  return definitions
    .filter(({ name }) => name.endsWith('Key'))
    .flatMap((key): RecordSchema[] => {
      const value = definitions.find(({ name }) => name === key.name.replace(/Key$/, 'Value'))
      return value === undefined ? [] : [[key, value]]
    })
}

/** A record of a coordinator, both halves as JSON. */
export interface CoordinatorRecord {
  readonly type: number
  readonly key: string
  /** Null: a tombstone. */
  readonly value: { readonly version: number; readonly json: string } | null
}

/** The record, or the number of its type where that is not among `types`. @throws Error for bytes that are no record */
export function readCoordinatorRecord(
  types: readonly RecordSchema[],
  record: { readonly key: Buffer; readonly value: Buffer | null },
  bytesJson?: BytesJson,
): CoordinatorRecord | { readonly unknownType: number } {
  const reader = new Reader(record.key)
  const type = reader.int16()
  const found = types.find(([definition]) => definition.recordType === type)
  if (found === undefined) return { unknownType: type }
  const [keyDefinition, valueDefinition] = found
  const key = decodedJson(keyDefinition, reader, 0)
  if (record.value === null) return { type, key, value: null }
  const valueReader = new ExactReader(record.value)
  const version = valueReader.int16()
  return {
    type,
    key,
    value: { version, json: decodedJson(valueDefinition, valueReader, version, bytesJson) },
  }
}

/** A message without a frame as JSON. @throws Error for a version that there is not, and bytes that do not fit */
export function decodedJson(
  definition: MessageDefinition,
  reader: Reader,
  version: number,
  bytesJson?: BytesJson,
): string {
  const codec = messageCodecs.get(definition.name)
  if (codec === undefined) throw new Error(`there is no codec of ${definition.name}`)
  if (version < definition.versions.from || version > definition.versions.to) {
    throw new Error(`Unsupported version ${version} of ${definition.name}`)
  }
  const message = codec.decode(reader, version)
  if (typeof message !== 'object' || message === null) throw new Error('the message is empty')
  return messageJson(definition, message, version, bytesJson)
}
