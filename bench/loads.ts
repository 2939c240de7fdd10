// What is measured: every load once, as data. The generator runs them, the report prints their figures.

/** Requests that each append one batch, kept in flight on every connection. */
export interface ProduceLoad {
  readonly kind: 'produce'
  readonly name: string
  readonly title: string
  readonly recordBytes: number
  readonly recordsPerBatch: number
  readonly connections: number
  readonly inFlightPerConnection: number
  readonly figures: readonly FigureName[]
}

/** Fetches of up to 1 MiB, one in flight per connection, over a topic that was filled before. */
export interface ConsumeLoad {
  readonly kind: 'consume'
  readonly name: string
  readonly title: string
  readonly recordBytes: number
  readonly recordsPerBatch: number
  readonly connections: number
  readonly figures: readonly FigureName[]
}

/** Single records at a steady pace, and how long each takes to reach a consumer that waits for it. */
export interface LatencyLoad {
  readonly kind: 'latency'
  readonly name: string
  readonly title: string
  readonly recordBytes: number
  readonly recordsPerSecond: number
  readonly figures: readonly FigureName[]
}

export type Load = ProduceLoad | ConsumeLoad | LatencyLoad

/** What one run of a load on one broker gave. */
export interface Sample {
  readonly seconds: number
  readonly requests: number
  readonly records: number
  /** Bytes of the records' values. */
  readonly payloadBytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** User and system time of the broker's process; null where /proc does not tell. */
  readonly brokerCpuSeconds: number | null
  /** How long its threads were ready and waited for a core, in all: what a crowded machine costs. */
  readonly brokerCoreWaitSeconds: number | null
  /** Cores that the generator itself used: near 1 it is the generator that is the limit. */
  readonly generatorCores: number
}

export type FigureName =
  | 'MB/s'
  | 'records/s'
  | 'requests/s'
  | 'p50 ms'
  | 'p99 ms'
  | 'broker CPU s/GB'
  | 'broker CPU us/request'

interface Figure {
  readonly better: 'more' | 'less'
  readonly of: (sample: Sample) => number | null
}

const perCpu = (sample: Sample, units: number): number | null =>
  sample.brokerCpuSeconds === null || units === 0 ? null : sample.brokerCpuSeconds / units

export const figures: Readonly<Record<FigureName, Figure>> = {
  'MB/s': { better: 'more', of: (sample) => sample.payloadBytes / 1e6 / sample.seconds },
  'records/s': { better: 'more', of: (sample) => sample.records / sample.seconds },
  'requests/s': { better: 'more', of: (sample) => sample.requests / sample.seconds },
  'p50 ms': { better: 'less', of: (sample) => sample.p50Ms },
  'p99 ms': { better: 'less', of: (sample) => sample.p99Ms },
  'broker CPU s/GB': { better: 'less', of: (sample) => perCpu(sample, sample.payloadBytes / 1e9) },
  'broker CPU us/request': {
    better: 'less',
    of: (sample) => perCpu(sample, sample.requests / 1e6),
  },
}

const throughput: readonly FigureName[] = ['MB/s', 'records/s', 'p99 ms', 'broker CPU s/GB']
const requestRate: readonly FigureName[] = [
  'requests/s',
  'p50 ms',
  'p99 ms',
  'broker CPU us/request',
]

/** A batch of 100 B records is what Kafka's default batch.size of 16 KiB holds of them. */
const smallRecords = { recordBytes: 100, recordsPerBatch: 150 }
/** 64 KiB, as producers are set that are to be fast. */
const largeRecords = { recordBytes: 1024, recordsPerBatch: 63 }

export const loads: readonly Load[] = [
  {
    kind: 'produce',
    name: 'produce-100b',
    title: 'produce 100 B records (16 KiB batches, 4 connections x 5)',
    ...smallRecords,
    connections: 4,
    inFlightPerConnection: 5,
    figures: throughput,
  },
  {
    kind: 'produce',
    name: 'produce-1k',
    title: 'produce 1 KiB records (64 KiB batches, 4 connections x 5)',
    ...largeRecords,
    connections: 4,
    inFlightPerConnection: 5,
    figures: throughput,
  },
  {
    kind: 'consume',
    name: 'consume-100b',
    title: 'consume 100 B records (1 MiB fetches, 4 connections)',
    ...smallRecords,
    connections: 4,
    figures: throughput,
  },
  {
    kind: 'consume',
    name: 'consume-1k',
    title: 'consume 1 KiB records (1 MiB fetches, 4 connections)',
    ...largeRecords,
    connections: 4,
    figures: throughput,
  },
  {
    kind: 'produce',
    name: 'requests-1',
    title: 'unbatched: one 100 B record a request, 1 connection x 1',
    recordBytes: 100,
    recordsPerBatch: 1,
    connections: 1,
    inFlightPerConnection: 1,
    figures: requestRate,
  },
  {
    kind: 'produce',
    name: 'requests-100',
    title: 'unbatched: one 100 B record a request, 100 connections x 1',
    recordBytes: 100,
    recordsPerBatch: 1,
    connections: 100,
    inFlightPerConnection: 1,
    figures: requestRate,
  },
  {
    kind: 'latency',
    name: 'latency',
    title: 'end to end: produce to a waiting consumer, 500 records/s',
    recordBytes: 100,
    recordsPerSecond: 500,
    figures: ['p50 ms', 'p99 ms', 'broker CPU us/request'],
  },
]
