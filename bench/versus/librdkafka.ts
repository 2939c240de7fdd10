// Loads by librdkafka, the client beneath confluent-kafka and most other languages' clients: what a real client
// sees. It is the limit more often than the broker is.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pythonEnv } from '../../test/support/python-env.ts'
import type { Figures } from '../figures.ts'
import { CpuMeter } from '../generator/meter.ts'
import { makeTopic, removeTopic } from '../generator/topics.ts'
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

/** A Python with confluent-kafka, made first if need be; null with the reason when it cannot be had. */
export async function pythonWithLibrdkafka(): Promise<{ python: string | null; reason: string }> {
  try {
    return { python: await pythonEnv('newest'), reason: '' }
  } catch (error) {
    return { python: null, reason: error instanceof Error ? error.message : String(error) }
  }
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
    await makeTopic(port, topic, 1)
    try {
      return await measure(round, shape, topic)
    } finally {
      await removeTopic(port, topic)
    }
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
  const { stdout } = await run(round.python, args)
  const { seconds, bytes } = JSON.parse(stdout) as { seconds: number; bytes: number }
  const { 'generator cores': _, ...costs } = cpu.figures({ 'CPU s/GB': bytes / 1e9 })
  return { 'MB/s': bytes / 1e6 / seconds, 'records/s': records / seconds, ...costs }
}
