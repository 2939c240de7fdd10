// The bytes of metadata records in __cluster_metadata-0: frame version 1, api key and version as
// unsigned varints, then the body. Offsets and batches are journal.ts's business.
import { assert } from '../base/assert.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import {
  decodeAbortTransactionRecord,
  decodeAccessControlEntryRecord,
  decodeBeginTransactionRecord,
  decodeBrokerRegistrationChangeRecord,
  decodeClearElrRecord,
  decodeClientQuotaRecord,
  decodeConfigRecord,
  decodeDelegationTokenRecord,
  decodeEndTransactionRecord,
  decodeFeatureLevelRecord,
  decodePartitionChangeRecord,
  decodePartitionRecord,
  decodeProducerIdsRecord,
  decodeRegisterBrokerRecord,
  decodeRemoveAccessControlEntryRecord,
  decodeRemoveDelegationTokenRecord,
  decodeRemoveTopicRecord,
  decodeRemoveUserScramCredentialRecord,
  decodeTopicRecord,
  decodeUnregisterBrokerRecord,
  decodeUserScramCredentialRecord,
  encodeAbortTransactionRecord,
  encodeAccessControlEntryRecord,
  encodeBeginTransactionRecord,
  encodeBrokerRegistrationChangeRecord,
  encodeClearElrRecord,
  encodeClientQuotaRecord,
  encodeConfigRecord,
  encodeDelegationTokenRecord,
  encodeEndTransactionRecord,
  encodeFeatureLevelRecord,
  encodePartitionChangeRecord,
  encodePartitionRecord,
  encodeProducerIdsRecord,
  encodeRegisterBrokerRecord,
  encodeRemoveAccessControlEntryRecord,
  encodeRemoveDelegationTokenRecord,
  encodeRemoveTopicRecord,
  encodeRemoveUserScramCredentialRecord,
  encodeTopicRecord,
  encodeUnregisterBrokerRecord,
  encodeUserScramCredentialRecord,
} from '../../protocol/codecs/metadata-records.ts'
import type { MetadataRecord, UnsupportedRecord } from './records.ts'

const frameVersion = 1

type RecordType = MetadataRecord['type']

interface RecordFormat {
  readonly apiKey: number
  /** Version that is written. */
  readonly version: number
  /** Highest version that is read. */
  readonly versionMax: number
}

/** Versions as metadata.version 25 has them (features.ts); newer ones are read as well. */
const formats: Readonly<Record<RecordType, RecordFormat>> = {
  RegisterBroker: { apiKey: 0, version: 3, versionMax: 4 },
  UnregisterBroker: { apiKey: 1, version: 0, versionMax: 0 },
  Topic: { apiKey: 2, version: 0, versionMax: 0 },
  Partition: { apiKey: 3, version: 2, versionMax: 2 },
  Config: { apiKey: 4, version: 0, versionMax: 0 },
  PartitionChange: { apiKey: 5, version: 2, versionMax: 2 },
  RemoveTopic: { apiKey: 9, version: 0, versionMax: 0 },
  DelegationToken: { apiKey: 10, version: 0, versionMax: 0 },
  UserScramCredential: { apiKey: 11, version: 0, versionMax: 0 },
  FeatureLevel: { apiKey: 12, version: 0, versionMax: 0 },
  ClientQuota: { apiKey: 14, version: 0, versionMax: 0 },
  ProducerIds: { apiKey: 15, version: 0, versionMax: 0 },
  BrokerRegistrationChange: { apiKey: 17, version: 2, versionMax: 3 },
  AccessControlEntry: { apiKey: 18, version: 0, versionMax: 0 },
  RemoveAccessControlEntry: { apiKey: 19, version: 0, versionMax: 0 },
  RemoveUserScramCredential: { apiKey: 22, version: 0, versionMax: 0 },
  BeginTransaction: { apiKey: 23, version: 0, versionMax: 0 },
  EndTransaction: { apiKey: 24, version: 0, versionMax: 0 },
  AbortTransaction: { apiKey: 25, version: 0, versionMax: 0 },
  ClearElr: { apiKey: 28, version: 0, versionMax: 0 },
  RemoveDelegationToken: { apiKey: 26, version: 0, versionMax: 0 },
}

type Decoder = (reader: Reader, version: number) => MetadataRecord

const decoders: Readonly<Record<RecordType, Decoder>> = {
  RegisterBroker: (reader, version) => ({
    type: 'RegisterBroker',
    data: decodeRegisterBrokerRecord(reader, version),
  }),
  UnregisterBroker: (reader, version) => ({
    type: 'UnregisterBroker',
    data: decodeUnregisterBrokerRecord(reader, version),
  }),
  Topic: (reader, version) => ({ type: 'Topic', data: decodeTopicRecord(reader, version) }),
  Partition: (reader, version) => ({
    type: 'Partition',
    data: decodePartitionRecord(reader, version),
  }),
  Config: (reader, version) => ({ type: 'Config', data: decodeConfigRecord(reader, version) }),
  PartitionChange: (reader, version) => ({
    type: 'PartitionChange',
    data: decodePartitionChangeRecord(reader, version),
  }),
  RemoveTopic: (reader, version) => ({
    type: 'RemoveTopic',
    data: decodeRemoveTopicRecord(reader, version),
  }),
  FeatureLevel: (reader, version) => ({
    type: 'FeatureLevel',
    data: decodeFeatureLevelRecord(reader, version),
  }),
  ProducerIds: (reader, version) => ({
    type: 'ProducerIds',
    data: decodeProducerIdsRecord(reader, version),
  }),
  BrokerRegistrationChange: (reader, version) => ({
    type: 'BrokerRegistrationChange',
    data: decodeBrokerRegistrationChangeRecord(reader, version),
  }),
  ClientQuota: (reader, version) => ({
    type: 'ClientQuota',
    data: decodeClientQuotaRecord(reader, version),
  }),
  AccessControlEntry: (reader, version) => ({
    type: 'AccessControlEntry',
    data: decodeAccessControlEntryRecord(reader, version),
  }),
  RemoveAccessControlEntry: (reader, version) => ({
    type: 'RemoveAccessControlEntry',
    data: decodeRemoveAccessControlEntryRecord(reader, version),
  }),
  ClearElr: (reader, version) => ({
    type: 'ClearElr',
    data: decodeClearElrRecord(reader, version),
  }),
  BeginTransaction: (reader, version) => ({
    type: 'BeginTransaction',
    data: decodeBeginTransactionRecord(reader, version),
  }),
  EndTransaction: (reader, version) => ({
    type: 'EndTransaction',
    data: decodeEndTransactionRecord(reader, version),
  }),
  AbortTransaction: (reader, version) => ({
    type: 'AbortTransaction',
    data: decodeAbortTransactionRecord(reader, version),
  }),
  UserScramCredential: (reader, version) => ({
    type: 'UserScramCredential',
    data: decodeUserScramCredentialRecord(reader, version),
  }),
  RemoveUserScramCredential: (reader, version) => ({
    type: 'RemoveUserScramCredential',
    data: decodeRemoveUserScramCredentialRecord(reader, version),
  }),
  DelegationToken: (reader, version) => ({
    type: 'DelegationToken',
    data: decodeDelegationTokenRecord(reader, version),
  }),
  RemoveDelegationToken: (reader, version) => ({
    type: 'RemoveDelegationToken',
    data: decodeRemoveDelegationTokenRecord(reader, version),
  }),
}

const typesByApiKey: ReadonlyMap<number, RecordType> = new Map(
  Object.keys(formats)
    .filter(isRecordType)
    .map((type) => [formats[type].apiKey, type]),
)

function isRecordType(name: string): name is RecordType {
  return name in formats
}

/** The value of a log record. */
export function encodeMetadataRecord(writer: Writer, record: MetadataRecord): Buffer {
  const { apiKey, version } = formats[record.type]
  writer.uvarint(frameVersion)
  writer.uvarint(apiKey)
  writer.uvarint(version)
  encodeBody(writer, record, version)
  const value = writer.finishBuffer()
  assert(value.readUInt8(0) === frameVersion, 'a record begins with its frame version')
  return value
}

function encodeBody(writer: Writer, record: MetadataRecord, version: number): void {
  switch (record.type) {
    case 'RegisterBroker':
      return encodeRegisterBrokerRecord(writer, record.data, version)
    case 'UnregisterBroker':
      return encodeUnregisterBrokerRecord(writer, record.data, version)
    case 'Topic':
      return encodeTopicRecord(writer, record.data, version)
    case 'Partition':
      return encodePartitionRecord(writer, record.data, version)
    case 'Config':
      return encodeConfigRecord(writer, record.data, version)
    case 'PartitionChange':
      return encodePartitionChangeRecord(writer, record.data, version)
    case 'RemoveTopic':
      return encodeRemoveTopicRecord(writer, record.data, version)
    case 'FeatureLevel':
      return encodeFeatureLevelRecord(writer, record.data, version)
    case 'ProducerIds':
      return encodeProducerIdsRecord(writer, record.data, version)
    case 'BrokerRegistrationChange':
      return encodeBrokerRegistrationChangeRecord(writer, record.data, version)
    case 'ClientQuota':
      return encodeClientQuotaRecord(writer, record.data, version)
    case 'AccessControlEntry':
      return encodeAccessControlEntryRecord(writer, record.data, version)
    case 'RemoveAccessControlEntry':
      return encodeRemoveAccessControlEntryRecord(writer, record.data, version)
    case 'ClearElr':
      return encodeClearElrRecord(writer, record.data, version)
    case 'BeginTransaction':
      return encodeBeginTransactionRecord(writer, record.data, version)
    case 'EndTransaction':
      return encodeEndTransactionRecord(writer, record.data, version)
    case 'AbortTransaction':
      return encodeAbortTransactionRecord(writer, record.data, version)
    case 'UserScramCredential':
      return encodeUserScramCredentialRecord(writer, record.data, version)
    case 'RemoveUserScramCredential':
      return encodeRemoveUserScramCredentialRecord(writer, record.data, version)
    case 'DelegationToken':
      return encodeDelegationTokenRecord(writer, record.data, version)
    case 'RemoveDelegationToken':
      return encodeRemoveDelegationTokenRecord(writer, record.data, version)
  }
}

/**
 * Throws DecodeError for bytes that are no metadata record, or one of a version from the future.
 */
export function decodeMetadataRecord(value: Buffer): MetadataRecord | UnsupportedRecord {
  const reader = new Reader(value)
  const { apiKey, version } = readFrame(reader)
  const type = typesByApiKey.get(apiKey)
  if (type === undefined) return { type: 'Unsupported', apiKey, version }
  if (version > formats[type].versionMax) {
    throw new DecodeError(
      `${type}Record of version ${version}, ${formats[type].versionMax} is known`,
    )
  }
  return decoders[type](reader, version)
}

/**
 * Which record a value is, whether this broker knows it or not; `reader` is left at the body.
 * Throws DecodeError for bytes that are no metadata record.
 */
export function readFrame(reader: Reader): { readonly apiKey: number; readonly version: number } {
  const frame = reader.uvarint()
  if (frame !== frameVersion) throw new DecodeError(`metadata record of frame version ${frame}`)
  return { apiKey: reader.uvarint(), version: reader.uvarint() }
}

/** The type of the record, without reading its body; undefined for one that is not obeyed. */
export function recordTypeOf(value: Buffer): RecordType | undefined {
  return typesByApiKey.get(readFrame(new Reader(value)).apiKey)
}
