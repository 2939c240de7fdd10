// The distinguished name of a certificate's subject, written as Java writes it (RFC 2253), because that is
// what Kafka's principals and mapping rules are made of: CN=alice,OU=dev,O=Example,C=DE.
import { derChild, derChildren, derOid, derTag, readDer } from './der.ts'
import type { DerElement } from './der.ts'

/** The attributes that RFC 2253 has short names for; others are written as their number. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
}

const versionTag = 0xa0

/** The subject of an X.509 certificate in DER. @throws DerError */
export function subjectOf(certificate: Buffer): string {
  const fields = derChildren(derChild(readDer(certificate), 0, derTag.sequence))
  // A version stands first in all but the oldest certificates.
  const subject = fields[fields[0]?.tag === versionTag ? 5 : 4]
  return subject === undefined ? '' : nameOf(subject)
}

/** Last part first, as RFC 2253 has it. */
function nameOf(name: DerElement): string {
  return [...derChildren(name)]
    .reverse()
    .map((part) => derChildren(part).map(attributeOf).join('+'))
    .join(',')
}

function attributeOf(attribute: DerElement): string {
  const oid = derOid(derChild(attribute, 0, derTag.oid))
  const value = derChild(attribute, 1)
  const text = textOf(value)
  const name = shortNames[oid]
  if (name === undefined || text === null) return `${name ?? oid}=#${value.raw.toString('hex')}`
  return `${name}=${escaped(text)}`
}

function textOf({ tag, content }: DerElement): string | null {
  switch (tag) {
    case derTag.utf8String:
      return content.toString('utf8')
    case derTag.printableString:
    case derTag.ia5String:
      return content.toString('latin1')
    case derTag.bmpString:
      return Buffer.from(content.subarray(0, content.length & ~1))
        .swap16()
        .toString('utf16le')
    default:
      return null
  }
}

function escaped(text: string): string {
  return text
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
}
