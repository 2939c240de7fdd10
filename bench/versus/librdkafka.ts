// Loads by librdkafka, the client beneath confluent-kafka and most other languages' clients: what a real client
// sees.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Figures } from '../figures.ts'
import { CpuMeter } from '../generator/meter.ts'
import { onFreshTopic } from '../generator/topics.ts'
import { scaled, type Round } from './load.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../generator/rdk.py', import.meta.url))
const batchBytes = 15 * 1024

interface Shape {
  readonly verb: 'produce' | 'consume'
  readonly recordBytes: number
  readonly records: number
  /** Of librdkafka, as key=value. */
  readonly settings?: readonly string[]
}

export function runLibrdkafka(shape: Shape): (round: Round) => Promise<Figures> {
  return async (round) => {
    const { port, topic } = round.target
    const records = scaled(shape.records, round.scale)
    if (shape.verb === 'consume') {
      const { recordBytes } = shape
      const recordsPerBatch = Math.floor(batchBytes / recordBytes)
      const totalBytes = records * recordBytes
      return measure(round, shape, await round.filled({ recordBytes, recordsPerBatch, totalBytes }))
    }
    return onFreshTopic({ port, topic }, 1, () => measure(round, shape, topic))
  }
}

async function measure(round: Round, shape: Shape, topic: string): Promise<Figures> {
  const { port, brokerPid } = round.target
  const records = scaled(shape.records, round.scale)
  const counts = [records, shape.recordBytes].map(String)
  const args = [
    script,
    shape.verb,
    `127.0.0.1:${port}`,
    topic,
    ...counts,
    ...(shape.settings ?? []),
  ]
  const cpu = new CpuMeter(brokerPid)
  const { stdout } = await run(round.clients.librdkafka, args)
  const { seconds, bytes } = JSON.parse(stdout) as { seconds: number; bytes: number }
  const { 'generator cores': _, ...costs } = cpu.figures({ 'CPU s/GB': bytes / 1e9 })
  return { 'MB/s': bytes / 1e6 / seconds, 'records/s': records / seconds, ...costs }
}
