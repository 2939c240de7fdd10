// Goes through all metrics for whoever passes them on, in slices of the event loop: with ten thousand
// partitions there are a hundred thousand samples.
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Metric, MonitoredBroker, PartitionFacts, Reading, Sample } from './metric.ts'
import { Slices } from './slices.ts'

/** Whoever passes metrics on. */
export interface MetricsVisitor {
  /** The next samples are of this metric; there may be none. */
  metric(metric: Metric): void
  /** With a promise the next one waits. */
  sample(metric: Metric, sample: Sample): MaybePromise<void>
}

/** Shows the visitor every sample, as of one moment as far as that can be had without stopping. */
export async function readMetrics(
  metrics: readonly Metric[],
  broker: MonitoredBroker,
  visitor: MetricsVisitor,
): Promise<void> {
  const slices = new Slices(broker.services.clock)
  const reading = await takeReading(broker, slices)
  for (const metric of metrics) {
    visitor.metric(metric)
    for (const sample of metric.samples(reading)) {
      const taken = visitor.sample(metric, sample)
      if (taken !== undefined) await taken
      const pause = slices.giveWay()
      if (pause !== undefined) await pause
    }
    // Some count everything for one sample.
    await slices.giveWayIfDue()
  }
}

async function takeReading(broker: MonitoredBroker, slices: Slices): Promise<Reading> {
  const { services, ages } = broker
  await ages.refresh(services, slices)
  const partitions: PartitionFacts[] = []
  let offlinePartitionCount = 0
  for (const { name: topic, partitions: numbered } of services.catalog.topics()) {
    for (const { partition } of numbered) {
      const store = services.storage.partition(topic, partition)
      partitions.push({ topic, label: String(partition), store })
      if (store?.online !== true) offlinePartitionCount += 1
      const pause = slices.giveWay()
      if (pause !== undefined) await pause
    }
  }
  return { ...broker, process: broker.process(), partitions, offlinePartitionCount }
}
