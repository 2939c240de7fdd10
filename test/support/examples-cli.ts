// `tsx test/support/examples-cli.ts [demo ...]`: makes the Python environment of
// examples/requirements.txt and runs examples/run-all.py in it, the demos that `npm test` leaves
// out (PostgreSQL, matplotlib) included. For .ci/run; ends with the line `examples: N passed, M
// failed`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { projectRoot } from './program.ts'
import { pythonEnv } from './python-env.ts'

const python = await pythonEnv('examples')
const demos = spawn(python, ['examples/run-all.py', ...process.argv.slice(2)], {
  cwd: projectRoot,
  stdio: 'inherit',
})
const [code] = await once(demos, 'close')
process.exitCode = code === 0 ? 0 : 1
