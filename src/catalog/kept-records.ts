// Metadata records that the image does not hold, as they lie in the log: a snapshot must carry them
// on. Of kinds that we know only what is in force stays (a removal takes away what it removes);
// records of unknown kinds all stay, in order.
import { assert } from '../base/assert.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { Reader } from '../../protocol/reader.ts'
import {
  decodeAccessControlEntryRecord,
  decodeClientQuotaRecord,
  decodeDelegationTokenRecord,
  decodeRegisterControllerRecord,
  decodeRemoveAccessControlEntryRecord,
  decodeRemoveDelegationTokenRecord,
  decodeRemoveUserScramCredentialRecord,
  decodeUnregisterControllerRecord,
  decodeUserScramCredentialRecord,
} from '../../protocol/codecs/metadata-records.ts'
import { readFrame } from './record-frame.ts'

/** What a record is about, and whether it puts that in force or takes it away. */
interface Subject {
  readonly of: string
  readonly removes: boolean
}

type ReadSubject = (reader: Reader) => Subject

function puts(...parts: readonly unknown[]): Subject {
  return { of: JSON.stringify(parts), removes: false }
}

function removes(...parts: readonly unknown[]): Subject {
  return { of: JSON.stringify(parts), removes: true }
}

/** By api key; all are of version 0 so far. */
const subjects: ReadonlyMap<number, ReadSubject> = new Map<number, ReadSubject>([
  [10, (reader) => puts('token', decodeDelegationTokenRecord(reader, 0).tokenId)],
  [26, (reader) => removes('token', decodeRemoveDelegationTokenRecord(reader, 0).tokenId)],
  [
    11,
    (reader) => {
      const { name, mechanism } = decodeUserScramCredentialRecord(reader, 0)
      return puts('scram', name, mechanism)
    },
  ],
  [
    22,
    (reader) => {
      const { name, mechanism } = decodeRemoveUserScramCredentialRecord(reader, 0)
      return removes('scram', name, mechanism)
    },
  ],
  [14, quotaSubject],
  [18, (reader) => puts('acl', decodeAccessControlEntryRecord(reader, 0).id)],
  [19, (reader) => removes('acl', decodeRemoveAccessControlEntryRecord(reader, 0).id)],
  [21, () => puts('zk migration')],
  [27, (reader) => puts('controller', decodeRegisterControllerRecord(reader, 0).controllerId)],
  [29, (reader) => removes('controller', decodeUnregisterControllerRecord(reader, 0).controllerId)],
])
const subjectVersionMax = 0

function quotaSubject(reader: Reader): Subject {
  const { entity, key, remove } = decodeClientQuotaRecord(reader, 0)
  const names = entity.map(({ entityType, entityName }) => [entityType, entityName])
  names.sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
  return remove ? removes('quota', names, key) : puts('quota', names, key)
}

/** Records that the image adds up (image-records.ts) or that mean nothing afterwards. */
const heldElsewhere: ReadonlySet<number> = new Set([
  0, 1, 2, 3, 4, 5, 9, 12, 15, 17, 20, 23, 24, 25, 28,
])

export class KeptRecords {
  /** Values by subject, in the order in which the subjects came up. */
  readonly #inForce = new Map<string, Buffer>()
  readonly #unknown: Buffer[] = []

  /** Takes a record's value into account, in the order of the log; the bytes are copied. */
  note(value: Buffer): void {
    const reader = new Reader(value)
    const { apiKey, version } = readFrame(reader)
    if (heldElsewhere.has(apiKey)) return
    const readSubject = version <= subjectVersionMax ? subjects.get(apiKey) : undefined
    const subject = readSubject === undefined ? undefined : subjectOf(reader, readSubject)
    if (subject === undefined) {
      this.#unknown.push(Buffer.from(value))
      return
    }
    assert(subject.of.length > 0, 'a record is about something')
    this.#inForce.delete(subject.of)
    if (!subject.removes) this.#inForce.set(subject.of, Buffer.from(value))
  }

  /** The values that a snapshot carries on. */
  *values(): IterableIterator<Buffer> {
    yield* this.#inForce.values()
    yield* this.#unknown
  }
}

/** Undefined for a body that is not what its kind says: it is kept, whatever it means. */
function subjectOf(reader: Reader, readSubject: ReadSubject): Subject | undefined {
  try {
    return readSubject(reader)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
