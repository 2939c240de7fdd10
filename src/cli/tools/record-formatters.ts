// How kafka-console-consumer prints records: Kafka's formatters under the names of their classes.
import { Reader, ExactReader } from '../../../protocol/reader.ts'
import { messageCodecs } from '../../../protocol/codecs/registry.ts'
import * as groupRecords from '../../../protocol/messages/group-records.ts'
import * as transactionRecords from '../../../protocol/messages/transaction-records.ts'
import type { MessageDefinition } from '../../../protocol/schema.ts'
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import { deserializerOf, type Deserializer } from './deserializers.ts'
import { messageJson } from './message-json.ts'

/** What is printed for a record: nothing, when it is null. */
export type Formatter = (record: ConsumedRecord) => Buffer | null

const consumerPackage = 'org.apache.kafka.tools.consumer.'

/** The formatter of this class name, set up by properties. @throws Error when there is none */
export function formatterOf(className: string, properties: ReadonlyMap<string, string>): Formatter {
  const name = className.startsWith(consumerPackage)
    ? className.slice(consumerPackage.length)
    : className
  switch (name) {
    case 'DefaultMessageFormatter':
    case 'LoggingMessageFormatter':
      return defaultFormatter(properties)
    case 'NoOpMessageFormatter':
      return () => null
    case 'OffsetsMessageFormatter':
      return coordinatorFormatter([
        [groupRecords.legacyOffsetCommitKey, groupRecords.legacyOffsetCommitValue],
        [groupRecords.offsetCommitKey, groupRecords.offsetCommitValue],
      ])
    case 'GroupMetadataMessageFormatter':
      return coordinatorFormatter([
        [groupRecords.groupMetadataKey, groupRecords.groupMetadataValue],
      ])
    case 'TransactionLogMessageFormatter':
      return coordinatorFormatter([
        [transactionRecords.transactionLogKey, transactionRecords.transactionLogValue],
      ])
    default:
      throw new Error(className)
  }
}

interface Columns {
  readonly timestamp: boolean
  readonly partition: boolean
  readonly offset: boolean
  readonly delivery: boolean
  readonly epoch: boolean
  readonly headers: boolean
  readonly key: boolean
  readonly value: boolean
}

function defaultFormatter(properties: ReadonlyMap<string, string>): Formatter {
  const shows = (column: string, fallback = false): boolean => {
    const text = properties.get(`print.${column}`)
    return text === undefined ? fallback : text.trim().toLowerCase() === 'true'
  }
  const columns: Columns = {
    timestamp: shows('timestamp'),
    partition: shows('partition'),
    offset: shows('offset'),
    delivery: shows('delivery'),
    epoch: shows('epoch'),
    headers: shows('headers'),
    key: shows('key'),
    value: shows('value', true),
  }
  const text = (key: string, fallback: string): Buffer =>
    Buffer.from(properties.get(key) ?? fallback)
  const keySeparator = text('key.separator', '\t')
  const lineSeparator = text('line.separator', '\n')
  const nullLiteral = text('null.literal', 'null')
  const deserializers = {
    key: deserializerOf(properties.get('key.deserializer'), properties),
    value: deserializerOf(properties.get('value.deserializer'), properties),
    headers: deserializerOf(properties.get('headers.deserializer'), properties),
  }
  const headersSeparator = text('headers.separator', ',')
  const shown = (bytes: Buffer | null, deserialize: Deserializer | null): Buffer => {
    const present = bytes ?? nullLiteral
    return deserialize === null ? present : Buffer.from(deserialize(present))
  }
  return (record) => {
    const cells: Buffer[] = []
    if (columns.timestamp) cells.push(Buffer.from(timestampText(record)))
    if (columns.partition) cells.push(Buffer.from(`Partition:${record.partition}`))
    if (columns.offset) cells.push(Buffer.from(`Offset:${record.offset}`))
    if (columns.delivery) cells.push(Buffer.from('Delivery:NOT_PRESENT'))
    if (columns.epoch) cells.push(Buffer.from('Epoch:NOT_PRESENT'))
    if (columns.headers) {
      cells.push(
        record.headers.length === 0
          ? Buffer.from('NO_HEADERS')
          : joined(
              record.headers.map(({ key, value }) =>
                Buffer.concat([Buffer.from(`${key}:`), shown(value, deserializers.headers)]),
              ),
              headersSeparator,
            ),
      )
    }
    if (columns.key) cells.push(shown(record.key, deserializers.key))
    if (columns.value) cells.push(shown(record.value, deserializers.value))
    return cells.length === 0 ? null : Buffer.concat([joined(cells, keySeparator), lineSeparator])
  }
}

function timestampText({ timestampType, timestamp }: ConsumedRecord): string {
  return timestampType === 'NoTimestampType' ? 'NO_TIMESTAMP' : `${timestampType}:${timestamp}`
}

function joined(parts: readonly Buffer[], separator: Buffer): Buffer {
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])))
}

/** Records of a coordinator as JSON, those of the given types; as Kafka, without line ends. */
function coordinatorFormatter(
  types: readonly (readonly [key: MessageDefinition, value: MessageDefinition])[],
): Formatter {
  return ({ key, value, offset }) => {
    if (key === null) return null
    try {
      const json = coordinatorRecordJson(types, key, value)
      return json === null ? null : Buffer.from(json)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`Could not read record at offset ${offset} due to: ${reason}`, {
        cause: error,
      })
    }
  }
}

/** `{"key":{"type":…,"data":…},"value":…}`, or null for a record of no known type. */
export function coordinatorRecordJson(
  types: readonly (readonly [key: MessageDefinition, value: MessageDefinition])[],
  key: Buffer,
  value: Buffer | null,
): string | null {
  const reader = new Reader(key)
  const type = reader.int16()
  const found = types.find(([definition]) => definition.recordType === type)
  if (found === undefined) return null
  const [keyDefinition, valueDefinition] = found
  const keyJson = `{"type":${type},"data":${decodedJson(keyDefinition, reader, 0)}}`
  if (value === null) return `{"key":${keyJson},"value":null}`
  const valueReader = new ExactReader(value)
  const version = valueReader.int16()
  const data = decodedJson(valueDefinition, valueReader, version)
  return `{"key":${keyJson},"value":{"version":${version},"data":${data}}}`
}

function decodedJson(definition: MessageDefinition, reader: Reader, version: number): string {
  const codec = messageCodecs.get(definition.name)
  if (codec === undefined) throw new Error(`there is no codec of ${definition.name}`)
  if (version < definition.versions.from || version > definition.versions.to) {
    throw new Error(`Unsupported version ${version} of ${definition.name}`)
  }
  const message = codec.decode(reader, version)
  if (typeof message !== 'object' || message === null) throw new Error('the message is empty')
  return messageJson(definition, message, version)
}
