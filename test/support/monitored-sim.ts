// A simulated broker as metrics and pages see it.
import { buildRecordBatch } from '../../protocol/records.ts'
import type { MonitoredBroker } from '../../src/monitoring/metric.ts'
import { UnreadAges } from '../../src/monitoring/unread-ages.ts'
import type { SimBroker } from './sim-broker.ts'

export function monitoredSim(
  sim: SimBroker,
  phase: 'starting' | 'serving' | 'stopping' = 'serving',
): MonitoredBroker {
  const listener = {
    name: 'SSL',
    securityProtocol: 'SSL',
    connectionCount: 1,
    tally: { accepted: 2, authenticated: 1, refused: 1 },
    certificate: { subject: 'CN=localhost', expiresAtMs: sim.clock.nowMs() + 60_000 },
  }
  return {
    services: sim.core.services,
    listeners: () => [listener],
    process: () => ({
      cpuSeconds: 1,
      residentBytes: 100,
      heapUsedBytes: 50,
      externalBytes: 10,
      openFiles: 7,
      diskReadBytes: 4096,
      diskWrittenBytes: -1,
      idleShare: 0.75,
      loopDelayMs: { p50: 1, p99: 2, max: 3 },
    }),
    ages: new UnreadAges(),
    startedAtMs: sim.clock.nowMs(),
    phase: () => phase,
  }
}

/** Appends so many small records to the first partition. */
export async function produceTo(sim: SimBroker, topic: string, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: sim.clock.nowMs(),
    key: null,
    value: Buffer.from(`value ${index}`),
  }))
  const answer = await sim.ask('Produce', 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [
      { name: topic, partitionData: [{ index: 0, records: buildRecordBatch({ records }) }] },
    ],
  })
  const [partition] = answer.responses[0]?.partitionResponses ?? []
  if (partition?.errorCode !== 0) throw new Error(`not appended: ${partition?.errorCode}`)
}
