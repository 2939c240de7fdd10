// Puts the commands of package.json into a directory of PATH: `node link-commands.mjs DIR`. What npm would do for a
// global package, in an image that has no npm.
import { chmodSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const directory = resolve(process.argv[2] ?? '.')
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const [name, script] of Object.entries(bin)) {
  const target = join(root, script)
  chmodSync(target, 0o755)
  rmSync(join(directory, name), { force: true })
  symlinkSync(relative(directory, target), join(directory, name))
}
