// The kinds of resources that have configs, as the protocol numbers them.
const kinds = {
  2: 'topic',
  4: 'broker',
  8: 'logger',
  16: 'clientMetrics',
  32: 'group',
} as const

export type ConfigResourceKind = (typeof kinds)[keyof typeof kinds]

/** All of them, as the protocol numbers them. */
export const configResourceNumbers: readonly number[] = Object.keys(kinds).map(Number)

/** Null for a number that stands for nothing. */
export function configResourceKind(resourceType: number): ConfigResourceKind | null {
  const byNumber: Readonly<Record<number, ConfigResourceKind>> = kinds
  return byNumber[resourceType] ?? null
}
