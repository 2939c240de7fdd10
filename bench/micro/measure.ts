// Measures one operation: time, the best of a few passes, and bytes that it allocates (heap and buffers).
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { median } from '../figures.ts'
import { isPromise } from '../../src/base/maybe-promise.ts'

export interface MicroCase {
  readonly name: string
  /** Does it once and returns some number that depends on what was done, so that nothing is optimized away. */
  run(): number | Promise<number>
}

/** One question, and the operations that answer it. */
export interface MicroBench {
  readonly name: string
  readonly question: string
  readonly cases: readonly MicroCase[]
  /** Gives back what the cases stand on. */
  close?(): void | Promise<void>
}

export interface Cost {
  readonly nsPerOp: number
  readonly bytesPerOp: number
}

const passes = 5
const passMs = 60
const warmUpMs = 120
const nanosecondsPerMs = 1e6
/** Few enough that no collection happens among them, many enough for an average. */
const countedOps = 200

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let sink = 0

/** `scale` shortens or lengthens the passes. */
export async function costOf({ run }: MicroCase, scale: number): Promise<Cost> {
  const perPass = await opsIn(run, warmUpMs * scale)
  let best = Infinity
  for (let pass = 0; pass < passes; pass++) {
    const count = Math.max(1, Math.round((perPass / warmUpMs) * passMs))
    best = Math.min(best, (await timed(run, count)) / count)
  }
  const empty = await allocated(() => 0)
  const bytes: number[] = []
  for (let pass = 0; pass < passes; pass++) bytes.push((await allocated(run)) - empty)
  return { nsPerOp: best, bytesPerOp: Math.max(0, median(bytes) ?? NaN) / countedOps }
}

/** How many fit into so many milliseconds, after warming up for as long. */
async function opsIn(run: MicroCase['run'], ms: number): Promise<number> {
  for (let count = 1; ; count *= 2) {
    const nanoseconds = await timed(run, count)
    if (nanoseconds >= ms * nanosecondsPerMs) return (count * ms * nanosecondsPerMs) / nanoseconds
  }
}

async function timed(run: MicroCase['run'], count: number): Promise<number> {
  const started = process.hrtime.bigint()
  for (let op = 0; op < count; op++) {
    const done = run()
    sink += isPromise(done) ? await done : done
  }
  return Number(process.hrtime.bigint() - started)
}

async function allocated(run: MicroCase['run']): Promise<number> {
  collect()
  const before = process.memoryUsage()
  await timed(run, countedOps)
  const after = process.memoryUsage()
  return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
}

/** Never zero, but the compiler does not know. */
export function everythingDone(): boolean {
  return sink !== 0
}
