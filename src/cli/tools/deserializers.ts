// Kafka's deserializers, as far as what they read is printed: bytes → the text of the Java object.

/** The text of what the bytes hold. @throws Error in Kafka's words when they cannot hold it */
export type Deserializer = (bytes: Buffer) => string

const serializationPackage = 'org.apache.kafka.common.serialization.'

/** The deserializer of a class name; null: the bytes are printed as they are. */
export function deserializerOf(
  className: string | undefined,
  properties: ReadonlyMap<string, string>,
): Deserializer | null {
  if (className === undefined) return null
  switch (className.replace(serializationPackage, '')) {
    case 'StringDeserializer':
      return textDeserializer(properties.get('deserializer.encoding') ?? 'utf-8')
    case 'IntegerDeserializer':
      return sized('IntegerDeserializer', 4, (bytes) => String(bytes.readInt32BE(0)))
    case 'LongDeserializer':
      return sized('LongDeserializer', 8, (bytes) => String(bytes.readBigInt64BE(0)))
    case 'ShortDeserializer':
      return sized('ShortDeserializer', 2, (bytes) => String(bytes.readInt16BE(0)))
    case 'DoubleDeserializer':
      return sized('DoubleDeserializer', 8, (bytes) => javaDouble(bytes.readDoubleBE(0)))
    case 'FloatDeserializer':
      return sized('FloatDeserializer', 4, (bytes) => javaFloat(bytes))
    case 'BooleanDeserializer':
      return sized('BooleanDeserializer', 1, (bytes) => String(bytes.readUInt8(0) === 1))
    case 'BytesDeserializer':
      return escapedBytes
    case 'UUIDDeserializer':
      return (bytes) => bytes.toString('utf8')
    case 'ByteArrayDeserializer':
      return (bytes) => bytes.toString('latin1')
    default:
      return null
  }
}

function textDeserializer(encoding: string): Deserializer {
  const decoder = new TextDecoder(encoding)
  return (bytes) => decoder.decode(bytes)
}

function sized(name: string, size: number, read: Deserializer): Deserializer {
  return (bytes) => {
    if (bytes.length === size) return read(bytes)
    throw new Error(`Size of data received by ${name} is not ${size}`)
  }
}

const exponentFrom = 1e7
const exponentBelow = 1e-3

/** A double as Java prints it: always with a fraction, with E outside 10^-3 to 10^7. */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude >= exponentFrom || magnitude < exponentBelow)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** The shortest decimal that reads back as the same float. */
function javaFloat(bytes: Buffer): string {
  const value = bytes.readFloatBE(0)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return javaDouble(short)
  }
  return javaDouble(value)
}

/** Kafka's Bytes: printable ASCII as it is, the rest as \xNN. */
function escapedBytes(bytes: Buffer): string {
  let text = ''
  for (const byte of bytes) {
    const isPrintable = byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
    text += isPrintable
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}
