// `npm run bench`: runs the parts that are named, one after the other. bench/README.md says what they measure
// and how.
import { parseOptions, usage, type BenchOptions } from './options.ts'
import type { Part } from './results.ts'

/** Loaded when they are run: each part brings its own share of the broker's modules. */
const parts: Readonly<Record<Part, (options: BenchOptions) => Promise<void>>> = {
  versus: async (options) => (await import('./versus/run.ts')).runVersus('versus', options),
  cold: async (options) => (await import('./versus/run.ts')).runVersus('cold', options),
  scale: async (options) => (await import('./scale/run.ts')).runScale(options),
  micro: async (options) => (await import('./micro/run.ts')).runMicro(options),
  soak: async (options) => (await import('./soak/run.ts')).runSoak(options),
}

try {
  const options = parseOptions(process.argv.slice(2))
  for (const part of options.parts) await parts[part](options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 1
}
