// The settings of a producer under Kafka's names, for the tools that produce.
import { compressionCodecs } from '../../../protocol/compression.ts'
import { booleanIn, ClientConfigRefused, numberIn } from '../../client/client-config.ts'
import type { Properties } from '../../client/client-config.ts'
import { defaultProducerSettings, type ProducerSettings } from '../../client/producer.ts'

/** The producer that `properties` describe. @throws ClientConfigRefused */
export function producerSettings(properties: Properties): ProducerSettings {
  const defaults = defaultProducerSettings
  const codec = properties.get('compression.type') ?? defaults.compression
  const compression = compressionCodecs.find((name) => name === codec)
  if (compression === undefined) {
    throw new ClientConfigRefused(
      `Invalid value ${codec} for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd`,
    )
  }
  const acks = acksIn(properties.get('acks'))
  if (properties.has('transactional.id')) {
    throw new ClientConfigRefused('transactional.id is not supported by this tool')
  }
  const idempotent = booleanIn(properties, 'enable.idempotence', acks === -1)
  if (idempotent && acks !== -1) {
    throw new ClientConfigRefused(
      'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
    )
  }
  return {
    acks,
    compression,
    idempotent,
    batchBytes: numberIn(properties, 'batch.size', defaults.batchBytes),
    lingerMs: numberIn(properties, 'linger.ms', defaults.lingerMs),
    retries: numberIn(properties, 'retries', defaults.retries),
    deliveryTimeoutMs: numberIn(properties, 'delivery.timeout.ms', defaults.deliveryTimeoutMs),
    bufferBytes: numberIn(properties, 'buffer.memory', defaults.bufferBytes),
    requestBytesMax: numberIn(properties, 'max.request.size', defaults.requestBytesMax),
    maxBlockMs: numberIn(properties, 'max.block.ms', defaults.maxBlockMs),
  }
}

function acksIn(text = 'all'): -1 | 0 | 1 {
  switch (text.trim()) {
    case 'all':
    case '-1':
      return -1
    case '0':
      return 0
    case '1':
      return 1
    default:
      throw new ClientConfigRefused(
        `Invalid value ${text} for configuration acks: String must be one of: all, -1, 0, 1`,
      )
  }
}
