// `npm run simulate -- --seeds 2000 [--from 1]` runs many worlds, `--seed N` shows one from its first line to its
// last. `--durability`, `--endings` and `--disk-trouble yes|no` fix what is drawn otherwise.
import { parseArgs } from 'node:util'
import { failureText } from './failure.ts'
import type { Durability, Ending } from './history.ts'
import { simulate } from './world.ts'
import type { WorldOptions } from './world.ts'

const durabilities: readonly Durability[] = ['interval', 'fsync', 'os']
const allEndings: readonly Ending[] = ['stopped', 'killed', 'power lost']

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    durability: { type: 'string' },
    endings: { type: 'string' },
    'disk-trouble': { type: 'string' },
  },
})

function fixedOptions(): Omit<WorldOptions, 'seed'> {
  const durability = durabilities.find((known) => known === values.durability)
  const wanted = values.endings?.split(',')
  const diskTrouble = values['disk-trouble']
  return {
    ...(durability === undefined ? {} : { durability }),
    ...(wanted === undefined ? {} : { endings: allEndings.filter((e) => wanted.includes(e)) }),
    ...(diskTrouble === undefined ? {} : { diskTrouble: diskTrouble === 'yes' }),
  }
}

async function show(seed: number): Promise<number> {
  const outcome = await simulate({ ...fixedOptions(), seed })
  console.log(outcome.trace.all())
  console.log(`${outcome.digest} ${JSON.stringify(outcome.counts)}`)
  for (const violation of outcome.violations) console.log(`BROKEN: ${violation}`)
  return outcome.violations.length
}

async function runMany(from: number, count: number): Promise<number> {
  const began = performance.now()
  const sums: Record<string, number> = {}
  let failures = 0
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await simulate({ ...fixedOptions(), seed })
    for (const [what, n] of Object.entries(outcome.counts)) sums[what] = (sums[what] ?? 0) + n
    if (outcome.violations.length === 0) continue
    failures += 1
    console.log(failureText(outcome))
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `${count} seeds from ${from}: ${failures} failed, ${seconds} s, ${JSON.stringify(sums)}`,
  )
  return failures
}

const failures =
  values.seed === undefined
    ? await runMany(Number(values.from), Number(values.seeds))
    : await show(Number(values.seed))
process.exitCode = failures === 0 ? 0 : 1
