// What `ottla check` says about a file, and how bad it is.

/**
 * note: as it should be, but worth a word (files on their way out). repaired: the next start puts it
 * right and no whole record is lost. lost: records cannot be read, or are not what they should be.
 */
export type FindingLevel = 'note' | 'repaired' | 'lost'

export interface Finding {
  readonly level: FindingLevel
  readonly file: string
  /** Byte position in the file; null where it is the whole file. */
  readonly position: number | null
  readonly what: string
  /** What a broker of ours does about it at its next start. */
  readonly atStart: string
  /** Offsets that are lost, both inclusive; `lostTo` null: to the end. */
  readonly lostFrom?: number
  readonly lostTo?: number | null
}
