// What a load is: something that is done to one broker after the other and gives the same figures of both.
import type { RunningBroker } from '../brokers/broker.ts'
import type { Figures } from '../figures.ts'
import type { Generator } from '../generator/generator.ts'
import type { FillTask, Target } from '../generator/tasks.ts'

/** What a figure is to reach: against the other broker (ours : theirs), on its own, or both. */
export interface Goal {
  readonly ratio?: number
  readonly own?: number
  /** The ratio that is to be reached on brokers that have just started. */
  readonly coldRatio?: number
}

/** Where the programs of others are that loads may need; empty what no chosen load needs. */
export interface Clients {
  /** A Python that has confluent-kafka. */
  readonly librdkafka: string
  /** The class path of Apache Kafka's tools. */
  readonly kafkaTools: string
}

/** One round of a load on one broker. */
export interface Round {
  readonly broker: RunningBroker
  readonly generator: Generator
  /** Multiplies times and counts. */
  readonly scale: number
  /** Port, process, times, and the name of a topic that this broker has not seen. */
  readonly target: Target
  readonly clients: Clients
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
  readonly needs?: keyof Clients
  /** So much of it is run first where a warm-up by time is not its own, so that it finds brokers warm. */
  readonly warmUpScale?: number
  run(round: Round): Promise<Figures>
}

/** `count` scaled, at least one. */
export function scaled(count: number, scale: number): number {
  return Math.max(1, Math.round(count * scale))
}
