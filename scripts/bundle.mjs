// Puts what package.json offers (commands, exports) into dist, each with all of ours that it needs in
// a few files: hundreds of small modules cost a start more than everything that the broker does then.
// Packages stay outside. Modules keep their names in comments, and their code is not minified.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const { bin, exports: offered, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
const written = new Set([...Object.values(bin), ...Object.values(offered)])
const sources = [...written].map((path) => path.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'))

for (const path of readdirSync('dist', { recursive: true })) {
  if (path.endsWith('.js')) rmSync(join('dist', path))
}

await build({
  entryPoints: sources,
  outbase: '.',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: `node${engines.node.replace('>=', '')}`,
  logLevel: 'warning',
})
