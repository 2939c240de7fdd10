// `npm run crash -- --rounds N`: the loops of kill -9 under real clients, again and again. Each round kills at
// other moments; the first that fails ends it.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const files = ['kill9', 'groups', 'transactions', 'exactly-once'].map(
  (name) => `test/crash/${name}`,
)
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts']

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } })
const rounds = Number(values.rounds)

for (let round = 1; round <= rounds; round++) {
  console.log(`round ${round} of ${rounds}`)
  const options = { stdio: 'inherit' } as const
  const { status } = spawnSync(
    process.execPath,
    [...vitest, '--project', 'crash', ...files],
    options,
  )
  if (status === 0) continue
  process.exitCode = 1
  break
}
