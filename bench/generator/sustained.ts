// Gigabytes through one topic at full speed, written by one and read by some at the same time: what that takes,
// and whether the broker's memory stays where it is while they pass.
import type { Figures } from '../figures.ts'
import { forgetPeak, peakResidentBytes } from '../process-stat.ts'
import { Connections } from './connections-set.ts'
import { append, batchCount } from './data.ts'
import { batchOf, fetchAnswer, FetchFrame } from './frames.ts'
import { CpuMeter } from './meter.ts'
import type { SustainedTask } from './tasks.ts'
import { onFreshTopic } from './topics.ts'

const bytesPerMegabyte = 1e6
const consume = { maxWaitMs: 500, minBytes: 1, partitionMaxBytes: 1 << 20 }

export function runSustained(task: SustainedTask): Promise<Figures> {
  return onFreshTopic(task, 1, () => sustained(task))
}

async function sustained(task: SustainedTask): Promise<Figures> {
  const { brokerPid, inFlight, recordBytes, recordsPerBatch } = task
  const batch = batchOf(recordsPerBatch, recordBytes)
  const half = Math.ceil(batchCount(task) / 2)
  const connections = new Connections()
  const cpu = new CpuMeter(brokerPid)
  const started = performance.now()
  try {
    const read = Array.from({ length: task.consumers }, () =>
      readAll(task, connections, { batch, count: 2 * half }),
    )
    await append(task, connections, { batch, count: half, inFlight })
    const firstPeak = peakResidentBytes(brokerPid) ?? NaN
    forgetPeak(brokerPid)
    await append(task, connections, { batch, count: half, inFlight })
    await Promise.all(read)
    const seconds = (performance.now() - started) / 1000
    const secondPeak = peakResidentBytes(brokerPid) ?? NaN
    const bytes = 2 * half * recordsPerBatch * recordBytes
    return {
      'MB/s': bytes / bytesPerMegabyte / seconds,
      ...cpu.figures({ 'CPU s/GB': bytes / 1e9 }),
      'peak RSS MB': Math.max(firstPeak, secondPeak) / bytesPerMegabyte,
      'RSS growth MB': (secondPeak - firstPeak) / bytesPerMegabyte,
    }
  } finally {
    connections.end()
  }
}

/** A consumer from the start of the topic until it has so many batches. */
async function readAll(
  { port, topic, recordsPerBatch }: SustainedTask,
  connections: Connections,
  { batch, count }: { batch: Buffer; count: number },
): Promise<void> {
  const frame = new FetchFrame(topic, 0, consume)
  let got = 0
  let done: () => void = () => undefined
  const complete = new Promise<void>((resolve) => (done = resolve))
  const connection = await connections.add(port, (head) => {
    const { error, recordBytes } = fetchAnswer(head, topic)
    if (error !== 0) return connections.fail(new Error(`Fetch: error ${error}`))
    got += Math.floor(recordBytes / batch.length)
    if (got >= count) return done()
    frame.offset = got * recordsPerBatch
    connection.send(frame.bytes)
  })
  frame.offset = 0
  connection.send(frame.bytes)
  await Promise.race([complete, connections.failed])
}
