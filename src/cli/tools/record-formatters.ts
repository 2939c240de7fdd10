// How the console consumers print records: Kafka's formatters under the names of their classes.
import type { ConsumedRecord } from '../../client/fetched-records.ts'
import {
  groupMetadataTypes,
  offsetRecordTypes,
  readCoordinatorRecord,
  shareGroupTypes,
  shareStateTypes,
  transactionRecordTypes,
  type RecordSchema,
} from './coordinator-records.ts'
import { deserializerOf, type Deserializer } from './deserializers.ts'

/** What is printed for a record: nothing, when it is null. */
export type Formatter = (record: FormattedRecord) => Buffer | null

/** A record, and how often it was handed out if it comes from a share group. */
export type FormattedRecord = ConsumedRecord & { readonly deliveryCount?: number }

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
      return coordinatorFormatter(offsetRecordTypes)
    case 'GroupMetadataMessageFormatter':
      return coordinatorFormatter(groupMetadataTypes)
    case 'TransactionLogMessageFormatter':
      return coordinatorFormatter(transactionRecordTypes)
    case 'ShareGroupMessageFormatter':
      return coordinatorFormatter(shareGroupTypes)
    case 'group.share.ShareGroupStateMessageFormatter':
      return coordinatorFormatter(shareStateTypes)
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
    if (columns.delivery)
      cells.push(Buffer.from(`Delivery:${record.deliveryCount ?? 'NOT_PRESENT'}`))
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
function coordinatorFormatter(types: readonly RecordSchema[]): Formatter {
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
function coordinatorRecordJson(
  types: readonly RecordSchema[],
  key: Buffer,
  value: Buffer | null,
): string | null {
  const record = readCoordinatorRecord(types, { key, value })
  if ('unknownType' in record) return null
  const keyJson = `{"type":${record.type},"data":${record.key}}`
  const valueJson =
    record.value === null
      ? 'null'
      : `{"version":${record.value.version},"data":${record.value.json}}`
  return `{"key":${keyJson},"value":${valueJson}}`
}
