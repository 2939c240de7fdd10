// Reads the wire format of Protocol Buffers, field by field: as much as OTLP metrics need.
import { KafkaError } from '../../protocol/errors.ts'

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
const fixed64Bytes = 8
const fixed32Bytes = 4
const varintBytesMax = 10
const wireTypeBits = 3

/** Runs through the fields of one message. @throws KafkaError INVALID_RECORD where it is none. */
export class ProtobufReader {
  readonly #bytes: Buffer
  #position = 0
  #wireType = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The number of the next field, whose value is to be read or skipped; 0 at the end. */
  next(): number {
    if (this.#position === this.#bytes.length) return 0
    const tag = this.#varint()
    this.#wireType = tag % (1 << wireTypeBits)
    const field = Math.floor(tag / (1 << wireTypeBits))
    if (field === 0) throw malformed('a field has the number 0')
    return field
  }

  /** A whole number; negative ones are not told from large ones. */
  varint(): number {
    this.#expect(wireTypes.varint)
    return this.#varint()
  }

  double(): number {
    this.#expect(wireTypes.fixed64)
    return this.#take(fixed64Bytes).readDoubleLE(0)
  }

  /** sfixed64 */
  int64(): number {
    this.#expect(wireTypes.fixed64)
    return Number(this.#take(fixed64Bytes).readBigInt64LE(0))
  }

  bytes(): Buffer {
    this.#expect(wireTypes.bytes)
    return this.#take(this.#varint())
  }

  text(): string {
    return this.bytes().toString('utf8')
  }

  message(): ProtobufReader {
    return new ProtobufReader(this.bytes())
  }

  skip(): void {
    switch (this.#wireType) {
      case wireTypes.varint:
        this.#varint()
        return
      case wireTypes.fixed64:
        this.#take(fixed64Bytes)
        return
      case wireTypes.bytes:
        this.#take(this.#varint())
        return
      case wireTypes.fixed32:
        this.#take(fixed32Bytes)
        return
      default:
        throw malformed(`the wire type ${this.#wireType} does not exist`)
    }
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed('a field is of another type')
  }

  #varint(): number {
    let value = 0
    let factor = 1
    for (let count = 0; count < varintBytesMax; count++) {
      const byte = this.#take(1).readUInt8(0)
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
    throw malformed('a number does not end')
  }

  #take(byteCount: number): Buffer {
    const end = this.#position + byteCount
    if (end > this.#bytes.length) throw malformed('it ends in the middle of a field')
    const taken = this.#bytes.subarray(this.#position, end)
    this.#position = end
    return taken
  }
}

function malformed(reason: string): KafkaError {
  return new KafkaError('INVALID_RECORD', `the metrics are no protobuf message: ${reason}`)
}
