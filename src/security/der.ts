// ASN.1 in DER (X.690), as much as certificates and key stores need: elements read and written. Lengths
// beyond the bytes that are there are refused, nesting is the caller's to follow.

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** Bytes that are no DER where DER is expected. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

export interface DerElement {
  readonly tag: number
  readonly content: Buffer
  /** Tag and length included. */
  readonly raw: Buffer
}

const longForm = 0x80
const lengthBytesMax = 4

/** The element at `at`. @throws DerError */
export function readDer(bytes: Buffer, at = 0): DerElement {
  if (at + 2 > bytes.length) throw new DerError('an element ends too soon')
  const tag = bytes.readUInt8(at)
  const first = bytes.readUInt8(at + 1)
  let start = at + 2
  let length = first
  if (first >= longForm) {
    const count = first - longForm
    if (count === 0 || count > lengthBytesMax || start + count > bytes.length) {
      throw new DerError('an element has a length that is not DER')
    }
    length = bytes.readUIntBE(start, count)
    start += count
  }
  if (start + length > bytes.length) throw new DerError('an element ends too soon')
  return {
    tag,
    content: bytes.subarray(start, start + length),
    raw: bytes.subarray(at, start + length),
  }
}

/** The elements inside one. @throws DerError */
export function derChildren({ content }: Pick<DerElement, 'content'>): readonly DerElement[] {
  const children: DerElement[] = []
  for (let at = 0; at < content.length;) {
    const child = readDer(content, at)
    children.push(child)
    at += child.raw.length
  }
  return children
}

/** The child at `index`, of the tag where one is given. @throws DerError */
export function derChild(element: Pick<DerElement, 'content'>, index: number, tag?: number) {
  const child = derChildren(element)[index]
  if (child === undefined || (tag !== undefined && child.tag !== tag)) {
    throw new DerError('an element is not what is expected')
  }
  return child
}

const sevenBits = 7
const lowBits = 0x7f
const firstArcMax = 2
const arcsPerFirst = 40

/** 1.2.840.113549.1.1.11 out of its bytes. */
export function derOid({ content }: Pick<DerElement, 'content'>): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 2 ** sevenBits + (byte & lowBits)
    if (byte >= longForm) continue
    arcs.push(arc)
    arc = 0
  }
  const [head = 0, ...rest] = arcs
  const first = Math.min(firstArcMax, Math.floor(head / arcsPerFirst))
  return [first, head - first * arcsPerFirst, ...rest].join('.')
}

/** A small integer. @throws DerError beyond six bytes */
export function derInteger({ content }: Pick<DerElement, 'content'>): number {
  if (content.length === 0 || content.length > 6) throw new DerError('an integer is too large')
  return content.readIntBE(0, content.length)
}

/** An element of these parts. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < longForm) {
    return Buffer.concat([Buffer.from([tag, content.length]), content])
  }
  const length = hexBytes(content.length.toString(16))
  return Buffer.concat([Buffer.from([tag, longForm + length.length]), length, content])
}

export function derSequence(...parts: readonly Buffer[]): Buffer {
  return der(derTag.sequence, ...parts)
}

export function derNumber(value: number): Buffer {
  const bytes = hexBytes(value.toString(16))
  const padded = bytes.readUInt8(0) >= longForm ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  return der(derTag.integer, padded)
}

export function derOidOf(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * arcsPerFirst + second, ...rest].flatMap((arc) => {
    const groups = [arc % 2 ** sevenBits]
    for (let left = Math.floor(arc / 2 ** sevenBits); left > 0;) {
      groups.unshift((left % 2 ** sevenBits) + longForm)
      left = Math.floor(left / 2 ** sevenBits)
    }
    return groups
  })
  return der(derTag.oid, Buffer.from(bytes))
}

function hexBytes(hex: string): Buffer {
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}
