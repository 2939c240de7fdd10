// Builds dist when a source is newer than it: `npm start` and `npm test` pay for tsc only after a change.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'

const sources = [
  'src',
  'protocol',
  'scripts',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
]
/** Written anew by every build, as its last step. */
const stamp = 'dist/src/cli/main.js'

function newestMs(path) {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  const inside = readdirSync(path, { recursive: true }).map(
    (name) => statSync(`${path}/${name}`).mtimeMs,
  )
  return Math.max(stats.mtimeMs, ...inside)
}

const builtMs = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (Math.max(...sources.map(newestMs)) > builtMs) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
