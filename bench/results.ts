// Where figures go: JSON under bench/results with what is needed to judge them (machine, load, versions), and
// plots beside it. What is published (`--publish`) is committed; everything else ends in `.local.*`, which is not.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadAverage } from './process-stat.ts'

const resultsDirectory = new URL('results/', import.meta.url)

export type Part = 'versus' | 'cold' | 'scale' | 'soak' | 'micro'

/** The machine and the moment of a measurement. */
export interface Circumstances {
  readonly measuredAt: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly node: string
  readonly system: string
  /** Runnable processes over the minute before; null where /proc does not tell. */
  readonly loadAverageBefore: number | null
}

export interface Result<Data> {
  readonly part: Part
  readonly circumstances: Circumstances
  readonly data: Data
}

export function circumstancesNow(): Circumstances {
  return {
    measuredAt: new Date().toISOString().slice(0, 16),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    loadAverageBefore: loadAverage(),
  }
}

/** Where results are written: published ones have the part's name, the others the time's. */
export function resultPath(part: Part, where: { publish: boolean; out: string | null }): string {
  if (where.out !== null) return `${where.out}/${part}.json`
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '')
  const name = where.publish ? `${part}.json` : `${time}-${part}.local.json`
  return fileURLToPath(new URL(name, resultsDirectory))
}

/** Writes the figures and, under the same name, their plot. Returns what was written. */
export function writeResult<Data>(path: string, result: Result<Data>, plot: string): string[] {
  mkdirSync(dirname(path), { recursive: true })
  const plotPath = path.replace(/json$/, 'svg')
  writeFileSync(path, `${JSON.stringify(result, roundedNumbers, 1)}\n`)
  writeFileSync(plotPath, plot)
  return [path, plotPath]
}

/** A published result; null when nothing of this part was published. */
export function publishedResult<Data>(part: Part): Result<Data> | null {
  const path = new URL(`${part}.json`, resultsDirectory)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null // never measured here
  }
  return JSON.parse(text) as Result<Data>
}

const fractionDigits = 4

function roundedNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(fractionDigits)) : value
}
