// Runs one load against one broker and returns what was measured.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsumeLoad, LatencyLoad, Load, ProduceLoad, Sample } from '../loads.ts'
import { Connection } from './connection.ts'
import { batchOf, fetchAnswer, FetchFrame, produceError, produceFrame } from './frames.ts'
import { Meter } from './meter.ts'
import { makeTopic, removeTopic } from './topics.ts'

export interface LoadTask {
  readonly load: Load
  readonly port: number
  readonly brokerPid: number
  /** A name that this broker has not seen. */
  readonly topic: string
  readonly warmUpSeconds: number
  readonly seconds: number
}

const partitionsMax = 4
/** The topic that is consumed: more than any cache of either broker, less than the system's. */
const consumedBytesPerPartition = 48 << 20
const paceMs = 1

/** Throws when the broker answers with an error or closes a connection. */
export async function runLoad(task: LoadTask): Promise<Sample> {
  const { load, port, topic } = task
  const partitions = load.kind === 'latency' ? 1 : Math.min(partitionsMax, load.connections)
  await makeTopic(port, topic, partitions)
  try {
    switch (load.kind) {
      case 'produce':
        return await runProduce(task, load, partitions)
      case 'consume':
        return await runConsume(task, load, partitions)
      case 'latency':
        return await runLatency(task, load)
    }
  } finally {
    await removeTopic(port, topic)
  }
}

/** Connections that end together; the first error ends the run. */
class Connections {
  readonly #open: Connection[] = []
  readonly failed: Promise<never>
  #fail: (error: Error) => void = () => undefined

  constructor() {
    this.failed = new Promise((_, reject) => (this.#fail = reject))
    this.failed.catch(() => undefined) // whoever waits for the run learns of it
  }

  readonly fail = (error: Error): void => this.#fail(error)

  async add(
    port: number,
    onFrame: (head: Buffer, frameBytes: number) => void,
  ): Promise<Connection> {
    const connection = await Connection.open(port, { onFrame, onBroken: this.fail })
    this.#open.push(connection)
    return connection
  }

  end(): void {
    for (const connection of this.#open) connection.end()
  }
}

/** Warm-up, then the measured time. */
async function measured(task: LoadTask, connections: Connections, meter: Meter): Promise<Sample> {
  try {
    await Promise.race([sleep(task.warmUpSeconds * 1000), connections.failed])
    meter.start()
    await Promise.race([sleep(task.seconds * 1000), connections.failed])
    return meter.stop()
  } finally {
    connections.end()
  }
}

async function runProduce(task: LoadTask, load: ProduceLoad, partitions: number): Promise<Sample> {
  const { port, topic } = task
  const meter = new Meter(task.brokerPid)
  const connections = new Connections()
  const batch = batchOf(load.recordsPerBatch, load.recordBytes)
  const payloadBytes = load.recordsPerBatch * load.recordBytes
  for (let at = 0; at < load.connections; at++) {
    const frame = produceFrame(topic, at % partitions, batch)
    const sentMs: number[] = []
    const connection = await connections.add(port, (head) => {
      const error = produceError(head, topic)
      if (error !== 0) return connections.fail(new Error(`Produce: error ${error}`))
      meter.count(load.recordsPerBatch, payloadBytes, sentMs.shift() ?? 0)
      sentMs.push(performance.now())
      connection.send(frame)
    })
    for (let flight = 0; flight < load.inFlightPerConnection; flight++) {
      sentMs.push(performance.now())
      connection.send(frame)
    }
  }
  return measured(task, connections, meter)
}

async function runConsume(task: LoadTask, load: ConsumeLoad, partitions: number): Promise<Sample> {
  const { port, topic } = task
  const batch = batchOf(load.recordsPerBatch, load.recordBytes)
  const batches = Math.ceil(consumedBytesPerPartition / batch.length)
  for (let partition = 0; partition < partitions; partition++) {
    await fill(port, topic, partition, batch, batches)
  }
  const endOffset = batches * load.recordsPerBatch
  const meter = new Meter(task.brokerPid)
  const connections = new Connections()
  for (let at = 0; at < load.connections; at++) {
    const frame = new FetchFrame(topic, at % partitions, { maxWaitMs: 500, minBytes: 1 })
    let offset = 0
    let sentMs = performance.now()
    const connection = await connections.add(port, (head) => {
      const { error, recordBytes } = fetchAnswer(head, topic)
      if (error !== 0) return connections.fail(new Error(`Fetch: error ${error}`))
      const records = Math.floor(recordBytes / batch.length) * load.recordsPerBatch
      meter.count(records, records * load.recordBytes, sentMs)
      offset = offset + records >= endOffset ? 0 : offset + records
      frame.offset = offset
      sentMs = performance.now()
      connection.send(frame.bytes)
    })
    frame.offset = offset
    connection.send(frame.bytes)
  }
  return measured(task, connections, meter)
}

/** Appends `count` batches to a partition, a few in flight. */
async function fill(
  port: number,
  topic: string,
  partition: number,
  batch: Buffer,
  count: number,
): Promise<void> {
  const frame = produceFrame(topic, partition, batch)
  const connections = new Connections()
  let left = count
  let unanswered = count
  let done: () => void = () => undefined
  const filled = new Promise<void>((resolve) => (done = resolve))
  const connection = await connections.add(port, (head) => {
    const error = produceError(head, topic)
    if (error !== 0) return connections.fail(new Error(`Produce: error ${error}`))
    unanswered -= 1
    if (unanswered === 0) done()
    if (left-- > 0) connection.send(frame)
  })
  for (let flight = 0; flight < 4; flight++) if (left-- > 0) connection.send(frame)
  await Promise.race([filled, connections.failed]).finally(() => connections.end())
}

async function runLatency(task: LoadTask, load: LatencyLoad): Promise<Sample> {
  const { port, topic } = task
  const meter = new Meter(task.brokerPid)
  const connections = new Connections()
  const batch = batchOf(1, load.recordBytes)
  const sentMs: number[] = []
  let received = 0
  const fetch = new FetchFrame(topic, 0, { maxWaitMs: 500, minBytes: 1 })
  const consumer = await connections.add(port, (head) => {
    const { error, recordBytes } = fetchAnswer(head, topic)
    if (error !== 0) return connections.fail(new Error(`Fetch: error ${error}`))
    for (let records = recordBytes / batch.length; records > 0; records--) {
      meter.count(1, load.recordBytes, sentMs[received++] ?? 0)
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
  const intervalMs = 1000 / load.recordsPerSecond
  let nextMs = performance.now()
  const pace = setInterval(() => {
    for (const now = performance.now(); nextMs <= now; nextMs += intervalMs) {
      sentMs.push(performance.now())
      producer.send(produce)
    }
  }, paceMs)
  return measured(task, connections, meter).finally(() => clearInterval(pace))
}
