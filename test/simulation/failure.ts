// What a person needs of a world that went wrong: what was broken, how to see it again, and how it came to it.
import type { Outcome, WorldOptions } from './world.ts'

export function failureText({ options, violations, trace }: Outcome): string {
  return [
    `seed ${options.seed}: ${violations.length} broken promises`,
    ...violations.map((violation) => `  ${violation}`),
    `replay: npm run simulate -- ${replayArguments(options)}`,
    trace.tail(),
  ].join('\n')
}

/** What of the options the command line can say: all but a planted bug. */
function replayArguments({ seed, durability, endings, diskTrouble }: WorldOptions): string {
  const given = [`--seed ${seed}`]
  if (durability !== undefined) given.push(`--durability ${durability}`)
  if (endings !== undefined) given.push(`--endings '${endings.join(',')}'`)
  if (diskTrouble !== undefined) given.push(`--disk-trouble ${diskTrouble ? 'yes' : 'no'}`)
  return given.join(' ')
}
