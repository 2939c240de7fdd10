// Measures the curves on Ottla alone and fits their exponents: what a request costs must not grow with what else
// there is.
import type { BenchOptions } from '../options.ts'
import { chosenFrom } from '../options.ts'
import { ottla } from '../brokers/ottla.ts'
import { formatted, type Figures } from '../figures.ts'
import { Generator } from '../generator/generator.ts'
import { circumstancesNow, resultPath, writeResult } from '../results.ts'
import { say } from '../say.ts'
import { curves, type Curve } from './curves.ts'
import { exponentOf } from './fit.ts'
import { costs, scalePlot, scaleText, type MeasuredCurve } from './report.ts'

const secondsPerPoint = 2
const warmUpSeconds = 1
/** At a curve's first point: it must not be the JIT's that the other points are compared with. */
const firstWarmUpSeconds = 4

export async function runScale(options: BenchOptions): Promise<void> {
  const circumstances = circumstancesNow()
  const measured: MeasuredCurve[] = []
  for (const curve of chosenFrom(curves, options))
    measured.push(await measure(curve, options.scale))
  say(`\n${scaleText(measured)}\n`)
  const result = { part: 'scale', circumstances, data: measured } as const
  const written = writeResult(resultPath('scale', options), result, scalePlot(measured))
  say(`figures and plot: ${written.join(', ')}`)
}

async function measure(curve: Curve, scale: number): Promise<MeasuredCurve> {
  const { name, title, unit, figure } = curve
  const broker = await ottla.start()
  const [generator, holder] = [new Generator(), new Generator()]
  const points: { size: number; figures: Figures }[] = []
  try {
    let previousSize = 0
    // Scaled sizes may fall together.
    const sizes = new Set(curve.sizes.map((size) => Math.max(1, Math.round(size * scale))))
    for (const size of sizes) {
      const target = {
        port: broker.port,
        brokerPid: broker.pid,
        topic: `bench-${name.replaceAll(' ', '-')}-${size}`,
        warmUpSeconds:
          (previousSize === 0 ? firstWarmUpSeconds : warmUpSeconds) * Math.min(1, scale),
        seconds: secondsPerPoint * scale,
      }
      const figures = await curve.run({ generator, holder, target, broker, size, previousSize })
      previousSize = size
      points.push({ size, figures })
      say(`${name}  ${size}: ${figure} ${formatted(figures[figure] ?? null)}`)
    }
  } finally {
    generator.end()
    holder.end()
    await broker.stop()
  }
  return { name, title, unit, figure, points, exponent: exponentOf(costs({ points, figure })) }
}
