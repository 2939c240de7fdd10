// Loads that move records: produce, fetch, and one that times records on their way from one to the other.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figures } from '../figures.ts'
import { Connections, measured } from './connections-set.ts'
import { batchOf, fetchAnswer, FetchFrame, produceError, produceFrame } from './frames.ts'
import { Meter } from './meter.ts'
import type {
  FetchTask,
  FillTask,
  LatencyTask,
  ProduceTask,
  Target,
  UntilReadableTask,
} from './tasks.ts'
import { makeTopic, onFreshTopic } from './topics.ts'

const paceMs = 1
const fillInFlight = 4
const fetchBytes = 1 << 20
const readableMillisMax = 120_000
const pollMs = 2

export function runProduce(task: ProduceTask): Promise<Figures> {
  if (task.keepTopic === true) return produce(task)
  return onFreshTopic(task, task.partitions, () => produce(task))
}

async function produce(task: ProduceTask): Promise<Figures> {
  const { port, topic, recordsPerBatch, recordBytes } = task
  const meter = new Meter(task.brokerPid)
  const connections = new Connections()
  const batch = batchOf(recordsPerBatch, recordBytes)
  const payloadBytes = recordsPerBatch * recordBytes
  const frames = Array.from({ length: task.partitions }, (_, partition) =>
    produceFrame(topic, partition, batch),
  )
  let turn = 0
  const frameFor = (connection: number): Buffer => {
    const partition = (task.inTurn === true ? turn++ : connection) % frames.length
    return frames[partition] ?? Buffer.alloc(0)
  }
  for (let at = 0; at < task.connections; at++) {
    const sentMs: number[] = []
    const connection = await connections.add(port, (head) => {
      const error = produceError(head, topic)
      if (error !== 0) return connections.fail(new Error(`Produce: error ${error}`))
      meter.count(recordsPerBatch, payloadBytes, sentMs.shift() ?? 0)
      sentMs.push(performance.now())
      connection.send(frameFor(at))
    })
    for (let flight = 0; flight < task.inFlightPerConnection; flight++) {
      sentMs.push(performance.now())
      connection.send(frameFor(at))
    }
  }
  return measured(task, connections, meter)
}

/** Its topic was made by `runFill` of the same sizes. */
export async function runFetch(task: FetchTask): Promise<Figures> {
  const { port, topic, recordsPerBatch, recordBytes } = task
  const batch = batchOf(recordsPerBatch, recordBytes)
  const batches = batchCount(task)
  const meter = new Meter(task.brokerPid)
  const connections = new Connections()
  const partitionMaxBytes = task.random?.bytesPerFetch ?? fetchBytes
  const wait = { maxWaitMs: 500, minBytes: 1 }
  for (let at = 0; at < task.connections; at++) {
    const frame = new FetchFrame(topic, 0, { ...wait, partitionMaxBytes })
    let next = 0
    let sentMs = performance.now()
    const connection = await connections.add(port, (head) => {
      const { error, recordBytes: bytes } = fetchAnswer(head, topic)
      if (error !== 0) return connections.fail(new Error(`Fetch: error ${error}`))
      const got = Math.floor(bytes / batch.length)
      meter.count(got * recordsPerBatch, got * recordsPerBatch * recordBytes, sentMs)
      next = task.random === undefined ? next + got : Math.floor(Math.random() * batches)
      if (next >= batches) next = 0
      frame.offset = next * recordsPerBatch
      sentMs = performance.now()
      connection.send(frame.bytes)
    })
    frame.offset = 0
    connection.send(frame.bytes)
  }
  return measured(task, connections, meter)
}

/** How many batches hold so many bytes of records' values. */
export function batchCount({
  totalBytes,
  recordsPerBatch,
  recordBytes,
}: Pick<FillTask, 'totalBytes' | 'recordsPerBatch' | 'recordBytes'>): number {
  return Math.max(1, Math.ceil(totalBytes / (recordsPerBatch * recordBytes)))
}

export async function runFill(task: FillTask): Promise<Figures> {
  await makeTopic(task.port, task.topic, 1)
  const connections = new Connections()
  const count = batchCount(task)
  const batch = batchOf(task.recordsPerBatch, task.recordBytes)
  const filled = append(task, connections, { batch, count, inFlight: fillInFlight })
  await filled.finally(() => connections.end())
  return { records: count * task.recordsPerBatch }
}

/** Appends a batch so many times to partition 0, over a connection of its own. */
export async function append(
  { port, topic }: Pick<Target, 'port' | 'topic'>,
  connections: Connections,
  { batch, count, inFlight }: { batch: Buffer; count: number; inFlight: number },
): Promise<void> {
  const frame = produceFrame(topic, 0, batch)
  let left = count
  let unanswered = count
  let done: () => void = () => undefined
  const appended = new Promise<void>((resolve) => (done = resolve))
  const connection = await connections.add(port, (head) => {
    const error = produceError(head, topic)
    if (error !== 0) return connections.fail(new Error(`Produce: error ${error}`))
    unanswered -= 1
    if (unanswered === 0) done()
    if (left-- > 0) connection.send(frame)
  })
  for (let flight = 0; flight < inFlight; flight++) if (left-- > 0) connection.send(frame)
  await Promise.race([appended, connections.failed])
}

export function runLatency(task: LatencyTask): Promise<Figures> {
  return onFreshTopic(task, 1, () => latency(task))
}

async function latency(task: LatencyTask): Promise<Figures> {
  const { port, topic } = task
  const meter = new Meter(task.brokerPid)
  const connections = new Connections()
  const batch = batchOf(1, task.recordBytes)
  const sentMs: number[] = []
  let received = 0
  const fetch = new FetchFrame(topic, 0, {
    maxWaitMs: 500,
    minBytes: 1,
    partitionMaxBytes: fetchBytes,
  })
  const consumer = await connections.add(port, (head) => {
    const { error, recordBytes } = fetchAnswer(head, topic)
    if (error !== 0) return connections.fail(new Error(`Fetch: error ${error}`))
    for (let records = recordBytes / batch.length; records > 0; records--) {
      meter.count(1, task.recordBytes, sentMs[received++] ?? 0)
    }
    fetch.offset = received
    consumer.send(fetch.bytes)
  })
  fetch.offset = 0
  consumer.send(fetch.bytes)
  const produce = produceFrame(topic, 0, batch)
  const producer = await connections.add(port, (head) => {
    const error = produceError(head, topic)
    if (error !== 0) connections.fail(new Error(`Produce: error ${error}`))
  })
  const intervalMs = 1000 / task.recordsPerSecond
  let nextMs = performance.now()
  const pace = setInterval(() => {
    for (const now = performance.now(); nextMs <= now; nextMs += intervalMs) {
      sentMs.push(performance.now())
      producer.send(produce)
    }
  }, paceMs)
  return measured(task, connections, meter).finally(() => clearInterval(pace))
}

export async function runUntilReadable({
  port,
  topic,
  offset,
}: UntilReadableTask): Promise<Figures> {
  const started = performance.now()
  const fetch = new FetchFrame(topic, 0, {
    maxWaitMs: 0,
    minBytes: 0,
    partitionMaxBytes: fetchBytes,
  })
  fetch.offset = offset
  for (;;) {
    const connections = new Connections()
    try {
      const readable = new Promise<boolean>((resolve) => {
        const onFrame = (head: Buffer): void => {
          const { error, recordBytes } = fetchAnswer(head, topic)
          resolve(error === 0 && recordBytes > 0)
        }
        connections
          .add(port, onFrame)
          .then((connection) => connection.send(fetch.bytes), connections.fail)
      })
      if (await Promise.race([readable, connections.failed])) break
    } catch (error) {
      // Not listening yet, or closing what came too early: asked again until it is late.
      if (performance.now() - started > readableMillisMax) throw error
    } finally {
      connections.end()
    }
    await sleep(pollMs)
  }
  return { ms: performance.now() - started }
}
