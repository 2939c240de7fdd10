// A broker's life: how soon it answers, what it costs when nobody asks, and how soon its data is back after
// kill -9.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figures } from '../figures.ts'
import { cpuSeconds, residentBytes } from '../process-stat.ts'
import { scaled, type Round } from './load.ts'

const settleSeconds = 1
const idleSeconds = 5
const bytesPerMegabyte = 1e6
const logBytes = 1 << 30
const batch = { recordBytes: 1024, recordsPerBatch: 1000 }

export async function runStartup({ broker, scale }: Round): Promise<Figures> {
  const seconds = idleSeconds * Math.min(1, scale)
  await sleep(settleSeconds * 1000 * Math.min(1, scale))
  const before = cpuSeconds(broker.pid) ?? NaN
  await sleep(seconds * 1000)
  const after = cpuSeconds(broker.pid) ?? NaN
  return {
    'ready ms': broker.bootMs,
    'idle RSS MB': (residentBytes(broker.pid) ?? NaN) / bytesPerMegabyte,
    'idle CPU %': ((after - before) / seconds) * 100,
  }
}

export async function runRestart({ broker, generator, target, scale }: Round): Promise<Figures> {
  const totalBytes = scaled(logBytes, scale)
  const filled = await generator.run({ ...target, kind: 'fill', ...batch, totalBytes })
  const lastOffset = (filled['records'] ?? 1) - 1
  const again = await broker.crashAndRestart()
  try {
    const { ms = NaN } = await generator.run({
      ...target,
      kind: 'until-readable',
      offset: lastOffset,
    })
    return { 'readable ms': ms, 'restart CPU s': cpuSeconds(again.pid) ?? NaN }
  } finally {
    await again.stop()
  }
}
