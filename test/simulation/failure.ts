// What a person needs of a world that went wrong: what was broken, how to see it again, and how it came to it.
import type { Outcome } from './world.ts'

export function failureText({ seed, violations, trace }: Outcome): string {
  return [
    `seed ${seed}: ${violations.length} broken promises`,
    ...violations.map((violation) => `  ${violation}`),
    `replay: npm run simulate -- --seed ${seed}`,
    trace.tail(),
  ].join('\n')
}
