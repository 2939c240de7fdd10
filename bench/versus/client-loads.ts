// The loads whose clients are other people's: librdkafka and Apache Kafka's own tools. They are the limit more
// often than the broker is.
import { runJavaConsumer, runJavaProducer } from './java-tools.ts'
import { runLibrdkafka } from './librdkafka.ts'
import type { Goal, Load } from './load.ts'

const kibibyte = 1024

type Clientele = Pick<Load, 'on' | 'needs' | 'warmUpScale'>
const ofLibrdkafka: Clientele = { on: 'warm', needs: 'librdkafka', warmUpScale: 0.3 }
const ofJava: Clientele = { on: 'warm', needs: 'kafkaTools', warmUpScale: 0.3 }

const rate: Goal = { ratio: 1.1 }
const javaFigures = { 'MB/s': { ratio: 1.1, coldRatio: 2 }, 'CPU s/GB': { ratio: 0.5 } }

export const clientLoads: readonly Load[] = [
  {
    name: 'rdk-produce-1k',
    title: 'confluent-kafka produces records of 1 KiB, acks=all',
    ...ofLibrdkafka,
    figures: { 'MB/s': rate, 'CPU s/GB': { ratio: 0.5 } },
    run: runLibrdkafka({ verb: 'produce', recordBytes: kibibyte, records: 500_000 }),
  },
  {
    name: 'rdk-produce-100b-idem',
    title: 'confluent-kafka produces records of 100 B, idempotent',
    ...ofLibrdkafka,
    figures: { 'MB/s': rate, 'CPU s/GB': { ratio: 0.5 } },
    run: runLibrdkafka({
      verb: 'produce',
      recordBytes: 100,
      records: 1_000_000,
      settings: ['enable.idempotence=true'],
    }),
  },
  {
    name: 'rdk-consume-1k',
    title: 'confluent-kafka consumes records of 1 KiB',
    ...ofLibrdkafka,
    figures: { 'MB/s': rate, 'CPU s/GB': { ratio: 0.8 } },
    run: runLibrdkafka({ verb: 'consume', recordBytes: kibibyte, records: 500_000 }),
  },
  {
    name: 'rdk-consume-100b',
    title: 'confluent-kafka consumes records of 100 B',
    ...ofLibrdkafka,
    figures: { 'MB/s': rate, 'CPU s/GB': { ratio: 0.8 } },
    run: runLibrdkafka({ verb: 'consume', recordBytes: 100, records: 2_000_000 }),
  },
  {
    name: 'java-produce-1k',
    title: 'kafka-producer-perf-test, records of 1 KiB, acks=all and else its defaults',
    ...ofJava,
    figures: javaFigures,
    run: runJavaProducer({ recordBytes: kibibyte, records: 200_000 }),
  },
  {
    name: 'java-produce-100b',
    title: 'kafka-producer-perf-test, records of 100 B',
    ...ofJava,
    figures: javaFigures,
    run: runJavaProducer({ recordBytes: 100, records: 1_500_000 }),
  },
  {
    name: 'java-produce-100b-lz4',
    title: 'kafka-producer-perf-test, records of 100 B, lz4',
    ...ofJava,
    figures: javaFigures,
    run: runJavaProducer({
      recordBytes: 100,
      records: 1_500_000,
      settings: ['compression.type=lz4'],
    }),
  },
  {
    name: 'java-produce-1k-20p',
    title: 'kafka-producer-perf-test, records of 1 KiB to 20 partitions',
    ...ofJava,
    figures: javaFigures,
    run: runJavaProducer({ recordBytes: kibibyte, records: 200_000, partitions: 20 }),
  },
  {
    name: 'java-consume-1k',
    title: 'kafka-consumer-perf-test, records of 1 KiB in batches of 15 KiB',
    ...ofJava,
    figures: javaFigures,
    run: runJavaConsumer({ recordBytes: kibibyte, records: 500_000 }),
  },
]
