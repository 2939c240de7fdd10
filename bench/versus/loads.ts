// The loads that brokers are compared by, and what Ottla is to reach in each.
import type { Figures } from '../figures.ts'
import type { ProduceTask } from '../generator/tasks.ts'
import { clientLoads } from './client-loads.ts'
import { runRestart, runStartup } from './life.ts'
import { scaled, type Load, type Round } from './load.ts'

const megabyte = 1e6
const kibibyte = 1024
const peakMB = { own: 150 }

/** 15 KiB: what producers send with Kafka's default batch.size. */
const batch16k = { recordBytes: kibibyte, recordsPerBatch: 15 }
const batch1m = { recordBytes: kibibyte, recordsPerBatch: 1000 }

type ProduceShape = Pick<
  ProduceTask,
  'recordBytes' | 'recordsPerBatch' | 'connections' | 'inFlightPerConnection'
>

const produce =
  (shape: ProduceShape) =>
  ({ generator, target }: Round): Promise<Figures> =>
    generator.run({ ...target, kind: 'produce', partitions: 1, ...shape })

const unbatchedShape = (connections: number): ProduceShape => ({
  recordBytes: 100,
  recordsPerBatch: 1,
  connections,
  inFlightPerConnection: 1,
})

function unbatched(connections: number, requestsRatio: number): Load {
  return {
    name: `unbatched-${connections}`,
    title: `one 100 B record a request, ${connections} connections x 1 in flight`,
    on: 'warm',
    figures: {
      'requests/s': { ratio: requestsRatio, coldRatio: 3 },
      'p50 ms': {},
      'p99 ms': { ratio: 0.6 },
      'CPU us/request': { ratio: 0.4 },
    },
    run: produce(unbatchedShape(connections)),
  }
}

const raw: readonly Load[] = [
  {
    name: 'raw-produce-16k',
    title: 'batches of 15 KiB, one connection, 5 in flight',
    on: 'warm',
    figures: {
      'MB/s': { ratio: 1.6, coldRatio: 3 },
      'CPU s/GB': { ratio: 0.4 },
      'p99 ms': { ratio: 0.6 },
      'peak RSS MB': peakMB,
    },
    run: produce({ ...batch16k, connections: 1, inFlightPerConnection: 5 }),
  },
  {
    name: 'raw-produce-1m',
    title: 'batches of 1 MB, one connection, 5 in flight',
    on: 'warm',
    figures: {
      'MB/s': { ratio: 1.2, coldRatio: 1.2 },
      'CPU s/GB': { ratio: 0.6 },
      'p99 ms': { ratio: 1 },
      'peak RSS MB': peakMB,
    },
    run: produce({ ...batch1m, connections: 1, inFlightPerConnection: 5 }),
  },
  {
    name: 'raw-fetch-1k',
    title: 'fetches of 1 MiB, one connection, records of 1 KiB in batches of 15 KiB',
    on: 'warm',
    figures: { 'MB/s': { ratio: 1.15, coldRatio: 1.3 }, 'CPU s/GB': { ratio: 0.9 } },
    run: async ({ generator, target, scale, filled }) => {
      const shape = { ...batch16k, totalBytes: scaled(256 * megabyte, scale) }
      const topic = await filled(shape)
      return generator.run({ ...target, topic, kind: 'fetch', connections: 1, ...shape })
    },
  },
  unbatched(1, 1.3),
  unbatched(10, 1.4),
  unbatched(100, 1.4),
  {
    name: 'e2e',
    title: '1,000 records/s of 200 B from a producer to a waiting consumer',
    on: 'warm',
    figures: {
      'p50 ms': { ratio: 0.7 },
      'p99 ms': { ratio: 0.5 },
      'p99.9 ms': { ratio: 0.5 },
      'CPU us/request': {},
    },
    run: ({ generator, target }) =>
      generator.run({ ...target, kind: 'latency', recordBytes: 200, recordsPerSecond: 1000 }),
  },
]

function partitions(count: number, figures: Load['figures']): Load {
  return {
    name: `parts-${count}`,
    title: `${count} partitions: created, led, one batch written into each`,
    on: 'fresh',
    roundsMax: 1,
    figures,
    run: ({ generator, target, scale }) =>
      generator.run({
        ...target,
        kind: 'partitions',
        count: scaled(count, scale),
        partitionsPerTopic: 50,
      }),
  }
}

const many: readonly Load[] = [
  {
    name: 'sustained-2g',
    title: '2 GB in batches of 1 MB, 5 in flight, while two consumers read along',
    on: 'warm',
    warmUpScale: 0.2,
    figures: {
      'MB/s': { ratio: 1.3 },
      'CPU s/GB': { ratio: 0.5 },
      'peak RSS MB': {},
      'RSS growth MB': { own: 10 },
    },
    run: ({ generator, target, scale }) =>
      generator.run({
        ...target,
        kind: 'sustained',
        ...batch1m,
        inFlight: 5,
        totalBytes: scaled(2000 * megabyte, scale),
        consumers: 2,
      }),
  },
  {
    name: 'groups-200',
    title: '200 classic groups of one member at once: join, 50 commits each, leave',
    on: 'warm',
    warmUpScale: 2,
    figures: {
      'join ms': { ratio: 0.01 },
      'commits/s': { ratio: 3 },
      'CPU us/commit': { ratio: 0.2 },
      'p99 ms': {},
    },
    run: ({ generator, target, scale }) =>
      generator.run({
        ...target,
        kind: 'groups',
        count: scaled(200, scale),
        commitsEach: scaled(50, scale),
      }),
  },
  {
    name: 'conns-10000',
    title: '10,000 idle connections, and one that produces beside them',
    on: 'warm',
    roundsMax: 1,
    figures: {
      'opened/s': { ratio: 1 },
      'RSS growth MB': { own: 60 },
      'p50 during : before': { own: 1.1 },
    },
    run: ({ generator, target, scale }) =>
      generator.run({ ...target, kind: 'connections', count: scaled(10_000, scale) }),
  },
  partitions(1000, { 'written ms': { ratio: 0.1 }, 'RSS MB': {} }),
  partitions(5000, { 'written ms': { ratio: 0.1 }, 'RSS MB': { own: 200 } }),
]

const life: readonly Load[] = [
  {
    name: 'startup',
    title: 'from the start of the process to the first Metadata answer; then idle',
    on: 'fresh',
    figures: {
      'ready ms': { own: 300, ratio: 0.1 },
      'idle RSS MB': { own: 80 },
      'idle CPU %': { own: 0.5 },
    },
    run: runStartup,
  },
  {
    name: 'restart',
    title: 'kill -9 with a log of 1 GiB, start: until its last records can be fetched',
    on: 'fresh',
    roundsMax: 2,
    figures: { 'readable ms': { own: 1000, ratio: 0.1 } },
    run: runRestart,
  },
]

/** Both wait for the disk before they acknowledge: what Ottla's users may ask for, Apache Kafka's rarely do. */
const durable: readonly Load[] = [
  {
    name: 'durable-unbatched-100',
    title: 'as unbatched-100, acknowledged when on disk',
    on: 'durable',
    figures: { 'requests/s': { ratio: 1.1 }, 'p99 ms': {}, 'CPU us/request': {} },
    run: produce(unbatchedShape(100)),
  },
  {
    name: 'durable-produce-16k',
    title: 'as raw-produce-16k, acknowledged when on disk',
    on: 'durable',
    figures: { 'MB/s': { ratio: 2 }, 'p99 ms': {}, 'CPU s/GB': {} },
    run: produce({ ...batch16k, connections: 1, inFlightPerConnection: 5 }),
  },
]

export const loads: readonly Load[] = [...raw, ...clientLoads, ...many, ...durable, ...life]
