// How kafka-dump-log shows keys and values: the texts of Kafka's decoders.
import { ExactReader } from '../../../protocol/reader.ts'
import { consumerProtocolAssignment } from '../../../protocol/messages/consumer-protocol.ts'
import { consumerProtocolSubscription } from '../../../protocol/messages/consumer-protocol.ts'
import * as metadataRecords from '../../../protocol/messages/metadata-records.ts'
import * as remoteLogRecords from '../../../protocol/messages/remote-log-records.ts'
import type { MessageDefinition } from '../../../protocol/schema.ts'
import { readFrame } from '../../catalog/record-frame.ts'
import { decodedJson, readCoordinatorRecord, type RecordSchema } from './coordinator-records.ts'
import { messageOf } from './tool.ts'

/** The bytes of a record, and where it stands. */
export interface DumpedRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** What is printed of a record; null: nothing. */
export interface DecodedRecord {
  readonly key: string | null
  readonly payload: string | null
}

export type RecordDecoder = (record: DumpedRecord) => DecodedRecord

const decoderPackage = 'org.apache.kafka.tools.api.'

/** A decoder of bytes under the name of Kafka's class. @throws Error when there is none */
export function decoderOf(className: string): (bytes: Buffer) => string {
  switch (className) {
    case `${decoderPackage}StringDecoder`:
      return (bytes) => bytes.toString('utf8')
    case `${decoderPackage}LongDecoder`:
      return (bytes) => String(bytes.readBigInt64BE(0))
    case `${decoderPackage}IntegerDecoder`:
      return (bytes) => String(bytes.readInt32BE(0))
    case `${decoderPackage}DefaultDecoder`:
      return (bytes) => bytes.toString('hex')
    default:
      throw new Error(`Failed to load decoder class ${className}`)
  }
}

/** Keys and values by a decoder each. */
export function plainDecoder(
  key: (bytes: Buffer) => string,
  value: (bytes: Buffer) => string,
): RecordDecoder {
  return (record) => ({
    key: record.key === null ? null : key(record.key),
    payload: record.value === null ? null : value(record.value),
  })
}

/** Records of a coordinator's topic. */
export function coordinatorDecoder(types: readonly RecordSchema[]): RecordDecoder {
  return ({ offset, key, value }) => {
    if (key === null) {
      throw new Error(
        `Failed to decode message at offset ${offset} using the specified decoder (message had a missing key)`,
      )
    }
    try {
      const record = readCoordinatorRecord(types, { key, value }, memberJson)
      if ('unknownType' in record) {
        const text = `Unknown record type ${record.unknownType} at offset ${offset}, skipping.`
        return { key: text, payload: null }
      }
      const payload =
        record.value === null
          ? '<DELETE>'
          : `{"version":"${record.value.version}","data":${record.value.json}}`
      return { key: `{"type":"${record.type}","data":${record.key}}`, payload }
    } catch (error) {
      return { key: `Error at offset ${offset}, skipping. ${messageOf(error)}`, payload: null }
    }
  }
}

/** What a member of a classic group says of itself in the consumers' own protocol. */
function memberJson(field: string, bytes: Buffer): string | null {
  const definitions: Readonly<Record<string, MessageDefinition>> = {
    subscription: consumerProtocolSubscription,
    assignment: consumerProtocolAssignment,
  }
  const definition = definitions[field]
  if (definition === undefined) return null
  const reader = new ExactReader(bytes)
  try {
    return decodedJson(definition, reader, reader.int16())
  } catch {
    // Another protocol's bytes: they stay what they are.
    return null
  }
}

/** Records of `__cluster_metadata`. */
export const metadataDecoder = framedDecoder(metadataRecords, (value) => {
  const reader = new ExactReader(value)
  return { ...readFrame(reader), reader }
})

/** Records of `__remote_log_metadata`. */
export const remoteLogDecoder = framedDecoder(remoteLogRecords, (value) => {
  const reader = new ExactReader(value)
  return { apiKey: reader.uvarint(), version: reader.uvarint(), reader }
})

function framedDecoder(
  module: Readonly<Record<string, MessageDefinition>>,
  frameOf: (value: Buffer) => {
    readonly apiKey: number
    readonly version: number
    readonly reader: ExactReader
  },
): RecordDecoder {
  const definitions = new Map(Object.values(module).map((each) => [each.recordType, each]))
  return ({ offset, value }) => {
    try {
      const { apiKey, version, reader } = frameOf(value ?? Buffer.alloc(0))
      const definition = definitions.get(apiKey)
      if (definition === undefined) throw new Error(`Unknown metadata id ${apiKey}`)
      const data = decodedJson(definition, reader, version)
      const type = enumName(definition.name)
      return { key: null, payload: `{"type":"${type}","version":${version},"data":${data}}` }
    } catch (error) {
      return { key: null, payload: `Error at ${offset}, skipping. ${messageOf(error)}` }
    }
  }
}

/** TopicRecord → TOPIC_RECORD. */
function enumName(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()
}
