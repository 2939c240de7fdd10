// What the generator can be asked to do, as data that goes to it by message. Every task is run against one
// broker and answered with figures.

/** The broker, how long, and the topic: a name that this broker has not seen unless a task says otherwise. */
export interface Target {
  readonly port: number
  readonly brokerPid: number
  readonly topic: string
  /** Before anything counts. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** Requests that each append one batch, as many in flight on every connection. */
export interface ProduceTask extends Target {
  readonly kind: 'produce'
  readonly partitions: number
  /** Every request goes to the next partition; without it each connection stays with one. */
  readonly inTurn?: boolean
  readonly recordBytes: number
  readonly recordsPerBatch: number
  readonly connections: number
  readonly inFlightPerConnection: number
  /** The topic is there already and stays. */
  readonly keepTopic?: boolean
}

/** Fetches of up to 1 MiB, one in flight per connection, over and over the topic that `fill` made. */
export interface FetchTask extends Target {
  readonly kind: 'fetch'
  readonly recordBytes: number
  readonly recordsPerBatch: number
  readonly totalBytes: number
  readonly connections: number
  /** From anywhere in the log, a batch at a time, instead of from its start to its end. */
  readonly random?: { readonly bytesPerFetch: number }
}

/** Makes a topic of one partition and appends so many bytes of records' values, in batches. */
export interface FillTask extends Target {
  readonly kind: 'fill'
  readonly recordBytes: number
  readonly recordsPerBatch: number
  readonly totalBytes: number
}

/** So many bytes appended as fast as they go over one connection, while consumers read them as they come. */
export interface SustainedTask extends Target {
  readonly kind: 'sustained'
  readonly recordBytes: number
  readonly recordsPerBatch: number
  readonly inFlight: number
  readonly totalBytes: number
  readonly consumers: number
}

/** Single records at a steady pace, each timed from its send to its arrival at a waiting consumer. */
export interface LatencyTask extends Target {
  readonly kind: 'latency'
  readonly recordBytes: number
  readonly recordsPerSecond: number
}

/** Idle connections beside one that produces; how it fares before and during. */
export interface ConnectionsTask extends Target {
  readonly kind: 'connections'
  readonly count: number
}

/** Opens idle connections and keeps them until this generator ends. */
export interface HoldTask extends Target {
  readonly kind: 'hold'
  readonly count: number
}

/** Topics of so many partitions: created, known to have leaders, and written to. They stay. */
export interface PartitionsTask extends Target {
  readonly kind: 'partitions'
  readonly count: number
  readonly partitionsPerTopic: number
}

/** Classic groups of one member each, at once: join and sync, commits one by one, leave. */
export interface GroupsTask extends Target {
  readonly kind: 'groups'
  readonly count: number
  readonly commitsEach: number
  /** They do not leave, and their committed offsets stay. */
  readonly stay?: boolean
}

/** Waits until the last record of a topic can be fetched. */
export interface UntilReadableTask extends Target {
  readonly kind: 'until-readable'
  readonly offset: number
}

export type Task =
  | ProduceTask
  | FetchTask
  | FillTask
  | SustainedTask
  | LatencyTask
  | ConnectionsTask
  | HoldTask
  | PartitionsTask
  | GroupsTask
  | UntilReadableTask
