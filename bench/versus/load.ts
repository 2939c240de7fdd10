// What a load is: something that is done to one broker after the other and gives the same figures of both.
import type { RunningBroker } from '../brokers/broker.ts'
import type { Figures } from '../figures.ts'
import type { Generator } from '../generator/generator.ts'
import type { FillTask, Target } from '../generator/tasks.ts'

/** What a figure is to reach: against the other broker (ours : theirs), on its own, or both. */
export interface Goal {
  readonly ratio?: number
  readonly own?: number
}

/** One round of a load on one broker. */
export interface Round {
  readonly broker: RunningBroker
  readonly generator: Generator
  /** Multiplies times and counts. */
  readonly scale: number
  /** Port, process, times, and the name of a topic that this broker has not seen. */
  readonly target: Target
  /** A Python that has confluent-kafka; only loads that need it may ask. */
  readonly python: string
  /** The topic that was filled so on this broker, now or in an earlier round. */
  filled(how: Pick<FillTask, 'recordBytes' | 'recordsPerBatch' | 'totalBytes'>): Promise<string>
}

export interface Load {
  readonly name: string
  readonly title: string
  /** What the table shows, in its order. */
  readonly figures: Readonly<Record<string, Goal>>
  /**
   * Brokers that stay up for all loads and are warm; brokers that wait for the disk before they
   * acknowledge, else the same; or a fresh one every time.
   */
  readonly on: 'warm' | 'durable' | 'fresh'
  /** No more rounds than this, where one takes long and varies little. */
  readonly roundsMax?: number
  readonly needs?: 'librdkafka'
  run(round: Round): Promise<Figures>
}

/** `count` scaled, at least one. */
export function scaled(count: number, scale: number): number {
  return Math.max(1, Math.round(count * scale))
}
