// Puts what package.json offers (commands, exports) into dist, each with all of ours that it needs in
// a few files: hundreds of small modules cost a start more than everything that the broker does then.
// Packages stay outside. Modules keep their names in comments, and their code is not minified.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const { bin, exports: offered, imports, engines } = JSON.parse(readFileSync('package.json', 'utf8'))

for (const path of readdirSync('dist', { recursive: true })) {
  if (path.endsWith('.js')) rmSync(join('dist', path))
}

const sourceOf = (path) => path.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')
const library = offered['.']
const startCommand = imports['#start']

// The broker: alone, lest it be cut into the dozens of pieces that it shares with one tool or another.
await bundle([library, startCommand])
await bundle(
  [...Object.values(bin), ...Object.values(offered)].filter((path) => path !== library),
  [{ name: 'start', setup: startsElsewhere }],
)

/** Who imports the command of that name gets the file that has been built for it. */
function startsElsewhere(build) {
  build.onResolve({ filter: /^\.\/start\.ts$/ }, () => ({ path: '#start', external: true }))
}

async function bundle(paths, plugins = []) {
  await build({
    entryPoints: [...new Set(paths)].map(sourceOf),
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
    plugins,
  })
}
