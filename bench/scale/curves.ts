// Curves: a small, steady load, and what it costs the broker while there is ever more of something else. Each
// begins with a fresh broker and adds to it, point by point.
import type { RunningBroker } from '../brokers/broker.ts'
import type { Figures } from '../figures.ts'
import type { Generator } from '../generator/generator.ts'
import type { FetchTask, ProduceTask, Target } from '../generator/tasks.ts'
import { topicOf } from '../generator/partitions.ts'
import { untilSettled } from './settle.ts'

export interface Point {
  readonly generator: Generator
  /** A generator of its own for what is added and must stay open. */
  readonly holder: Generator
  readonly target: Target
  readonly broker: RunningBroker
  /** How much there is to be, and how much there was at the point before. */
  readonly size: number
  readonly previousSize: number
}

export interface Curve {
  readonly name: string
  readonly title: string
  /** What is counted along the x axis. */
  readonly unit: string
  readonly sizes: readonly number[]
  /** The figure that must not grow. */
  readonly figure: string
  run(point: Point): Promise<Figures>
}

/** The topic that the steady load uses; made at a curve's first point. */
const steadyTopic = 'bench-steady'
const batch = { recordBytes: 1024, recordsPerBatch: 15 }
const megabyte = 1e6

const steadyProduce = (target: Target, topic: string): ProduceTask => ({
  ...target,
  kind: 'produce',
  topic,
  partitions: 1,
  recordBytes: 100,
  recordsPerBatch: 1,
  connections: 10,
  inFlightPerConnection: 1,
  keepTopic: true,
})

async function produceBeside({ generator, target, previousSize }: Point): Promise<Figures> {
  if (previousSize === 0) {
    const first = { ...batch, totalBytes: 1 }
    await generator.run({ ...target, kind: 'fill', topic: steadyTopic, ...first })
  }
  return generator.run(steadyProduce(target, steadyTopic))
}

/** The load is on one partition: the syncs that writing to the others left behind are not its cost. */
function partitionCurve(name: string, unit: string, partitionsPerTopic: number): Curve {
  return {
    name,
    title: `one small append while there are ${unit}`,
    unit,
    sizes: [10, 100, 1000, 5000],
    figure: 'CPU us/request',
    run: async (point) => {
      const { generator, target, size, previousSize } = point
      const count = size - previousSize
      await generator.run({ ...target, kind: 'partitions', count, partitionsPerTopic })
      await untilSettled(target.brokerPid)
      return produceBeside(point)
    },
  }
}

export const curves: readonly Curve[] = [
  {
    name: 'connections',
    title: 'one small append while connections idle',
    unit: 'idle connections',
    sizes: [10, 100, 1000, 8000],
    figure: 'CPU us/request',
    run: async (point) => {
      const { holder, target, size, previousSize } = point
      await holder.run({ ...target, kind: 'hold', count: size - previousSize })
      return produceBeside(point)
    },
  },
  partitionCurve('partitions', 'partitions of a few topics, all written to', 50),
  partitionCurve('topics', 'topics of one partition, all written to', 1),
  {
    name: 'spread',
    title: 'one small append to each partition in turn, and the syncs that follow',
    unit: 'partitions under load, their syncs in the cost',
    sizes: [10, 100, 1000, 5000],
    figure: 'CPU us/request',
    run: async ({ generator, target, size }) => {
      const all = { count: size, partitionsPerTopic: size }
      await generator.run({ ...target, kind: 'partitions', ...all })
      await untilSettled(target.brokerPid)
      const topic = topicOf(target.topic, 0)
      return generator.run({ ...steadyProduce(target, topic), partitions: size, inTurn: true })
    },
  },
  {
    name: 'groups',
    title: 'one offset commit while other groups have members and offsets',
    unit: 'groups',
    sizes: [20, 100, 500, 2000],
    figure: 'CPU us/commit',
    run: async ({ holder, generator, target, size, previousSize }) => {
      const topic = `${target.topic}-others`
      const others = { count: size - previousSize, commitsEach: 1, stay: true }
      await holder.run({ ...target, topic, kind: 'groups', ...others })
      const some = { ...target, kind: 'groups', count: 20, commitsEach: 500 } as const
      if (previousSize === 0) await generator.run({ ...some, topic: `${topic}-warm` })
      return generator.run(some)
    },
  },
  {
    name: 'log size',
    title: 'one batch read from anywhere in a log',
    unit: 'MB in the log',
    sizes: [4, 32, 256, 1024],
    figure: 'CPU us/request',
    run: async ({ generator, target, size }) => {
      const shape = { ...batch, totalBytes: size * megabyte }
      await generator.run({ ...target, kind: 'fill', ...shape })
      const random = { bytesPerFetch: batch.recordBytes * batch.recordsPerBatch }
      const fetch: FetchTask = { ...target, kind: 'fetch', connections: 4, random, ...shape }
      return generator.run(fetch)
    },
  },
]
