// ssl.principal.mapping.rules (KIP-371): how a certificate's distinguished name becomes a user name. The
// first rule that fits decides; without one the client is refused. Pure.

type Rule =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'rule'
      readonly pattern: RegExp
      readonly replacement: string
      readonly letterCase: 'L' | 'U' | ''
    }

export type MappingRules = readonly Rule[]

const ruleSyntax = /\s*(?:(DEFAULT)|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?))\s*(?:,|$)/y

/** The rules in order, or what is wrong with them. */
export function parseMappingRules(text: string): MappingRules | { readonly reason: string } {
  const rules: Rule[] = []
  const trimmed = text.trim()
  ruleSyntax.lastIndex = 0
  while (ruleSyntax.lastIndex < trimmed.length) {
    const at = ruleSyntax.lastIndex
    const found = ruleSyntax.exec(trimmed)
    if (found === null) return { reason: `no rule begins at character ${at + 1}` }
    const [, isDefault, pattern = '', replacement = '', letterCase] = found
    if (isDefault !== undefined) {
      rules.push({ kind: 'default' })
      continue
    }
    const regex = patternOf(pattern)
    if (regex === null) return { reason: `the pattern of a rule is none: ${pattern}` }
    const which = letterCase === 'L' || letterCase === 'U' ? letterCase : ''
    const written = replacementOf(replacement)
    rules.push({ kind: 'rule', pattern: regex, replacement: written, letterCase: which })
  }
  return rules.length === 0 ? [{ kind: 'default' }] : rules
}

/** The name that the first fitting rule makes; null when none fits. */
export function mapName(distinguishedName: string, rules: MappingRules): string | null {
  for (const rule of rules) {
    if (rule.kind === 'default') return distinguishedName
    if (!rule.pattern.test(distinguishedName)) continue
    const name = distinguishedName.replace(rule.pattern, rule.replacement)
    if (rule.letterCase === 'L') return name.toLowerCase()
    return rule.letterCase === 'U' ? name.toUpperCase() : name
  }
  return null
}

/** A rule fits the whole name, as Java's matches() does. */
function patternOf(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern.replace(/^\^|(?<!\\)\$$/g, '')})$`)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** From Java's way to write a replacement to ours: \\c is c, $1 a group, any other $ itself. */
function replacementOf(replacement: string): string {
  return replacement.replace(/\\([^])|\$(\d)|\$/g, (_, literal?: string, group?: string) => {
    if (group !== undefined) return `$${group}`
    return literal === undefined || literal === '$' ? '$$' : literal
  })
}
