// What a metric is: its name, what it means, and where its samples are read from.
import type { BrokerServices } from '../handlers/context.ts'
import type { ProcessFacts } from '../io/process-facts.ts'
import type { ListenerTally } from '../metrics/listener-tally.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { UnreadAges } from './unread-ages.ts'

/** A value and the labels' values, in the order of the metric's label names. */
export type Sample = readonly [value: number, ...labels: string[]]

export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  /** A sentence for people: what is counted, in which unit. */
  readonly help: string
  readonly labels: readonly string[]
  /** Read when somebody asks; samples with equal labels do not repeat. */
  readonly samples: (reading: Reading) => Iterable<Sample>
}

/** The certificate that a listener shows. */
export interface Certificate {
  readonly subject: string
  /** Wall-clock ms. */
  readonly expiresAtMs: number
}

/** What the network knows of a listener and its connections. */
export interface ListenerFacts {
  readonly name: string
  readonly securityProtocol: string
  readonly connectionCount: number
  readonly tally: Readonly<ListenerTally>
  /** Null: it shows none. */
  readonly certificate: Certificate | null
}

/** What metrics and the status page are read from. */
export interface MonitoredBroker {
  readonly services: BrokerServices
  readonly listeners: () => readonly ListenerFacts[]
  readonly process: () => ProcessFacts
  readonly ages: UnreadAges
  /** Wall-clock ms. */
  readonly startedAtMs: number
  /** 'starting' until clients are served, 'stopping' from the stop on. */
  readonly phase: () => 'starting' | 'serving' | 'stopping'
}

/** A partition of the catalog. */
export interface PartitionFacts {
  readonly topic: string
  /** Its number as a label has it. */
  readonly label: string
  /** Undefined while there is none. */
  readonly store: PartitionStore | undefined
}

/** The broker at one moment, with what many metrics look at and is gathered but once. */
export interface Reading extends Omit<MonitoredBroker, 'process'> {
  readonly process: ProcessFacts
  readonly partitions: readonly PartitionFacts[]
  readonly offlinePartitionCount: number
}

export function gauge(
  name: string,
  help: string,
  samples: Metric['samples'],
  labels: readonly string[] = [],
): Metric {
  return { name, type: 'gauge', help, labels, samples }
}

export function counter(
  name: string,
  help: string,
  samples: Metric['samples'],
  labels: readonly string[] = [],
): Metric {
  return { name, type: 'counter', help, labels, samples }
}
