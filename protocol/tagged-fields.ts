// Tagged fields that the definitions do not know. The broker drops them; the exact reader keeps them
// beside the message, and the exact writer puts them back.

/** A tag and its bytes, as they were on the wire. */
export interface UnknownTaggedField {
  readonly tag: number
  readonly data: Buffer
}

const unknownFields = new WeakMap<object, readonly UnknownTaggedField[]>()

/** Remembers what came with `message`, outside of it: the message keeps its one hidden class. */
export function keepUnknownTaggedFields(
  message: object,
  fields: readonly UnknownTaggedField[],
): void {
  unknownFields.set(message, fields)
}

/** What was kept for `message`, in rising tag order as it stood on the wire. */
export function unknownTaggedFieldsOf(message: object): readonly UnknownTaggedField[] {
  return unknownFields.get(message) ?? []
}
