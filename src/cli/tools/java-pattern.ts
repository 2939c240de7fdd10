// Regular expressions that users write for Java, as this process runs them.

/**
 * The expression, anchored at both ends as Java's `matches` is. Possessive quantifiers and the like, which JavaScript
 * does not know, are refused. @throws Error in Java's words
 */
export function javaPattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, 'su')
  } catch (error) {
    const unicodeOnly = relaxed(text)
    if (unicodeOnly !== null) return unicodeOnly
    const reason = error instanceof Error ? error.message.replace(/^.*\/su: /, '') : 'not valid'
    throw new Error(`${text} is an invalid regex. (${reason})`, { cause: error })
  }
}

/** Java lets needless escapes pass (`\-`, `\_`), which JavaScript does only without the u flag. */
function relaxed(text: string): RegExp | null {
  try {
    return new RegExp(`^(?:${text})$`, 's')
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
