// What a metric is: its name, what it means, and where its samples are read from.
import type { BrokerServices } from '../handlers/context.ts'
import type { ProcessFacts } from '../io/process-facts.ts'
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
  readonly samples: (broker: MonitoredBroker) => Iterable<Sample>
}

/** What the network knows of a listener. */
export interface ListenerFacts {
  readonly name: string
  readonly securityProtocol: string
  readonly connectionCount: number
  /** Since the start. */
  readonly acceptedCount: number
}

/** Everything that metrics and the status page read. */
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

/** Metrics that need no labels, or whose help says all. */
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
