// JSON files that users write: read field by field, with errors that name what is wrong.

/** The value of a JSON text. @throws Error with `complaint` */
export function parseJson(text: string, complaint: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    throw new Error(complaint, { cause: error })
  }
}

/** The fields of an object. @throws Error when it is none */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`Expected JSON object, received ${JSON.stringify(value)}`)
  }
  return new Map<string, unknown>(Object.entries(value))
}

/** The elements of an array. @throws Error when it is none */
export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value))
    throw new Error(`Expected JSON array, received ${JSON.stringify(value)}`)
  return value
}

/** A text field. @throws Error when it is missing or something else */
export function textOf(fields: ReadonlyMap<string, unknown>, name: string): string {
  const value = fields.get(name)
  if (value === undefined) throw new Error(`No such field exists: \`${name}\``)
  if (typeof value !== 'string') {
    throw new Error(`Expected \`String\` value, received ${JSON.stringify(value)}`)
  }
  return value
}

/** A whole number. @throws Error when it is missing or something else */
export function numberOf(fields: ReadonlyMap<string, unknown>, name: string): number {
  const value = fields.get(name)
  if (value === undefined) throw new Error(`No such field exists: \`${name}\``)
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new Error(`Expected \`Long\` value, received ${JSON.stringify(value)}`)
  }
  return value
}
