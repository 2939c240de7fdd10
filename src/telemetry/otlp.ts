// Reads pushed metrics: OTLP's MetricsData, of which gauges and sums are taken. Kafka's clients push
// nothing else; histograms and summaries are passed over.
import { ProtobufReader } from './protobuf.ts'

/** One value of one metric. */
export interface PushedValue {
  readonly metric: string
  /** Of the data point and of the client (resource), by key. */
  readonly attributes: ReadonlyMap<string, string>
  readonly value: number
  /** gauge: the value now. delta: what came on top since the last push. total: all since the start. */
  readonly kind: 'gauge' | 'delta' | 'total'
}

// Field numbers of opentelemetry/proto/metrics/v1/metrics.proto and common/v1/common.proto.
const fields = {
  metricsData: { resourceMetrics: 1 },
  resourceMetrics: { resource: 1, scopeMetrics: 2 },
  resource: { attributes: 1 },
  scopeMetrics: { metrics: 2 },
  metric: { name: 1, gauge: 5, sum: 7 },
  data: { points: 1, temporality: 2 },
  point: { double: 4, int: 6, attributes: 7 },
  keyValue: { key: 1, value: 2 },
  anyValue: { text: 1, bool: 2, int: 3, double: 4 },
} as const
const deltaTemporality = 1

type Attributes = Map<string, string>

/** @throws KafkaError INVALID_RECORD for bytes that are no such message. */
export function readOtlpMetrics(bytes: Buffer): PushedValue[] {
  const values: PushedValue[] = []
  eachField(new ProtobufReader(bytes), {
    [fields.metricsData.resourceMetrics]: (reader) => readResource(reader.message(), values),
  })
  return values
}

type FieldReaders = Readonly<Record<number, (reader: ProtobufReader) => void>>

function eachField(reader: ProtobufReader, readers: FieldReaders): void {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const read = readers[field]
    if (read === undefined) reader.skip()
    else read(reader)
  }
}

function readResource(reader: ProtobufReader, values: PushedValue[]): void {
  const attributes: Attributes = new Map()
  // Messages may order their fields as they like: what the metrics need comes first.
  const scopes: ProtobufReader[] = []
  eachField(reader, {
    [fields.resourceMetrics.resource]: (inner) =>
      eachField(inner.message(), {
        [fields.resource.attributes]: (one) => readAttribute(one.message(), attributes),
      }),
    [fields.resourceMetrics.scopeMetrics]: (inner) => scopes.push(inner.message()),
  })
  for (const scope of scopes) {
    eachField(scope, {
      [fields.scopeMetrics.metrics]: (inner) => readMetric(inner.message(), attributes, values),
    })
  }
}

function readMetric(reader: ProtobufReader, ofClient: Attributes, values: PushedValue[]): void {
  let metric = ''
  const data: { readonly reader: ProtobufReader; readonly isSum: boolean }[] = []
  eachField(reader, {
    [fields.metric.name]: (inner) => (metric = inner.text()),
    [fields.metric.gauge]: (inner) => data.push({ reader: inner.message(), isSum: false }),
    [fields.metric.sum]: (inner) => data.push({ reader: inner.message(), isSum: true }),
  })
  for (const { reader: inner, isSum } of data) {
    const points: ProtobufReader[] = []
    let temporality = 0
    eachField(inner, {
      [fields.data.points]: (one) => points.push(one.message()),
      [fields.data.temporality]: (one) => (temporality = one.varint()),
    })
    const sumKind = temporality === deltaTemporality ? 'delta' : 'total'
    const kind = isSum ? sumKind : 'gauge'
    for (const point of points) values.push({ metric, kind, ...readPoint(point, ofClient) })
  }
}

function readPoint(
  reader: ProtobufReader,
  ofClient: Attributes,
): Pick<PushedValue, 'attributes' | 'value'> {
  const attributes: Attributes = new Map(ofClient)
  let value = 0
  eachField(reader, {
    [fields.point.double]: (inner) => (value = inner.double()),
    [fields.point.int]: (inner) => (value = inner.int64()),
    [fields.point.attributes]: (inner) => readAttribute(inner.message(), attributes),
  })
  return { attributes, value }
}

function readAttribute(reader: ProtobufReader, attributes: Attributes): void {
  let key = ''
  let value = ''
  eachField(reader, {
    [fields.keyValue.key]: (inner) => (key = inner.text()),
    [fields.keyValue.value]: (inner) =>
      eachField(inner.message(), {
        [fields.anyValue.text]: (one) => (value = one.text()),
        [fields.anyValue.bool]: (one) => (value = String(one.varint() === 1)),
        [fields.anyValue.int]: (one) => (value = String(one.varint())),
        [fields.anyValue.double]: (one) => (value = String(one.double())),
      }),
  })
  attributes.set(key, value)
}
