// Writes OTLP metrics as clients push them: enough for the tests of who reads them.
export interface WrittenMetric {
  readonly name: string
  readonly kind: 'gauge' | 'delta' | 'total'
  readonly value: number | bigint
  readonly attributes?: Readonly<Record<string, string>>
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}

export function protobufField(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

function fixedField(number: number, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  if (typeof value === 'bigint') bytes.writeBigInt64LE(value)
  else bytes.writeDoubleLE(value)
  return Buffer.concat([varint(number * 8 + 1), bytes])
}

function attribute(number: number, key: string, value: string): Buffer {
  const keyValue = [protobufField(1, key), protobufField(2, protobufField(1, value))]
  return protobufField(number, Buffer.concat(keyValue))
}

function metric({ name, kind, value, attributes = {} }: WrittenMetric): Buffer {
  const point = Buffer.concat([
    fixedField(3, 1n),
    fixedField(typeof value === 'bigint' ? 6 : 4, value),
    ...Object.entries(attributes).map(([key, text]) => attribute(7, key, text)),
  ])
  const temporality = varintField(2, kind === 'delta' ? 1 : 2)
  const sum = Buffer.concat([protobufField(1, point), temporality])
  const data = kind === 'gauge' ? protobufField(5, protobufField(1, point)) : protobufField(7, sum)
  return Buffer.concat([protobufField(1, name), data])
}

/** MetricsData of one client, whose resource has the attributes `ofClient`. */
export function otlpMetrics(
  metrics: readonly WrittenMetric[],
  ofClient: Readonly<Record<string, string>> = {},
): Buffer {
  const resource = Object.entries(ofClient).map(([key, value]) => attribute(1, key, value))
  const scope = metrics.map((one) => protobufField(2, metric(one)))
  const inner = [protobufField(1, Buffer.concat(resource)), protobufField(2, Buffer.concat(scope))]
  return protobufField(1, Buffer.concat(inner))
}
