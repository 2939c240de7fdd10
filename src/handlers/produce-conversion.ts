// Whether records change their format or their compression on their way into the log, for metrics: the
// broker then pays for what the client or the topic's settings could spare it.
import { compressionCodecs } from '../../protocol/compression.ts'
import {
  batchCompression,
  batchHeaderBytes,
  batchMagic,
  headerBytesToMagic,
} from '../../protocol/record-batch.ts'
import type { BrokerServices } from './context.ts'

const currentMagic = 2

/** Of records that may yet be refused. */
export function isConverted(
  { catalog, config }: Pick<BrokerServices, 'catalog' | 'config'>,
  topic: string,
  records: Buffer,
): boolean {
  if (records.length < headerBytesToMagic) return false
  if (batchMagic(records, 0) < currentMagic) return true
  const target = catalog.topic(topic)?.configs.get('compression.type') ?? config.compressionType
  if (target === 'producer' || records.length < batchHeaderBytes) return false
  const codec = compressionCodecs[batchCompression(records, 0)]
  return codec !== (target === 'uncompressed' ? 'none' : target)
}
