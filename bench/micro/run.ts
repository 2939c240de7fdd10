// Runs the micro benchmarks and prints what an operation of each costs.
import { formatted } from '../figures.ts'
import type { BenchOptions } from '../options.ts'
import { chosenFrom } from '../options.ts'
import { circumstancesNow, resultPath, writeResult } from '../results.ts'
import { say } from '../say.ts'
import { append } from './append.ts'
import { codec } from './codec.ts'
import { crc } from './crc.ts'
import { framing } from './framing.ts'
import { costOf, everythingDone, type MicroBench } from './measure.ts'
import { offsetIndex } from './offset-index.ts'
import { microPlot, microText, type MicroFigure } from './report.ts'
import { request } from './request.ts'

interface Named {
  readonly name: string
  readonly open: () => MicroBench | Promise<MicroBench>
}

const benches: readonly Named[] = [
  { name: 'framing', open: framing },
  { name: 'codec', open: codec },
  { name: 'crc', open: crc },
  { name: 'append', open: append },
  { name: 'offset-index', open: offsetIndex },
  { name: 'request', open: request },
]

export async function runMicro(options: BenchOptions): Promise<void> {
  const circumstances = circumstancesNow()
  const measured: MicroFigure[] = []
  for (const { open } of chosenFrom(benches, options)) {
    const bench = await open()
    say(`\n${bench.question}`)
    for (const one of bench.cases) {
      const cost = await costOf(one, Math.min(1, options.scale))
      measured.push({ bench: bench.name, name: one.name.trim(), ...cost })
      say(`  ${one.name}: ${formatted(cost.nsPerOp)} ns, ${formatted(cost.bytesPerOp)} B`)
    }
    await bench.close?.()
  }
  if (!everythingDone()) throw new Error('nothing was done')
  say(`\n${microText(measured)}\n`)
  const result = { part: 'micro', circumstances, data: measured } as const
  const written = writeResult(resultPath('micro', options), result, microPlot(measured))
  say(`figures and plot: ${written.join(', ')}`)
}
