// Metrics of the process, under the names that Prometheus' own client libraries give them.
import { version } from '../base/version.ts'
import type { ProcessFacts } from '../io/process-facts.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, Sample } from './metric.ts'

function fact(name: string, help: string, read: (facts: ProcessFacts) => number): Metric {
  return gauge(name, help, ({ process }) => [[read(process)]])
}

export const processMetrics: readonly Metric[] = [
  gauge('ottla_build_info', 'Always 1; the label says which version runs.', () => [[1, version]], [
    'version',
  ]),
  counter('process_cpu_seconds_total', 'Processor time, user and system.', ({ process }) => [
    [process.cpuSeconds],
  ]),
  gauge(
    'process_start_time_seconds',
    'When the broker started, seconds since 1970.',
    ({ startedAtMs }) => [[startedAtMs / 1000]],
  ),
  fact('process_resident_memory_bytes', 'Resident memory.', (facts) => facts.residentBytes),
  fact(
    'nodejs_heap_size_used_bytes',
    'Used memory of the JavaScript heap.',
    (facts) => facts.heapUsedBytes,
  ),
  fact(
    'nodejs_external_memory_bytes',
    'Memory of buffers, outside the heap.',
    (facts) => facts.externalBytes,
  ),
  gauge('process_open_fds', 'Open file descriptors.', ({ process: { openFiles } }) => {
    return openFiles < 0 ? [] : [[openFiles]]
  }),
  ...diskMetrics(),
  fact(
    'nodejs_eventloop_lag_p50_seconds',
    'How late timers ran in the last minute: the median.',
    (facts) => facts.loopDelayMs.p50 / 1000,
  ),
  fact(
    'nodejs_eventloop_lag_p99_seconds',
    'How late timers ran in the last minute: 99 of 100 less.',
    (facts) => facts.loopDelayMs.p99 / 1000,
  ),
  fact(
    'nodejs_eventloop_lag_max_seconds',
    'How late a timer ran in the last minute at most.',
    (facts) => facts.loopDelayMs.max / 1000,
  ),
]

function diskMetrics(): readonly Metric[] {
  const told = (bytes: number): readonly Sample[] => (bytes < 0 ? [] : [[bytes]])
  return [
    gauge(
      'kafka_server_kafkaserver_linux_disk_read_bytes',
      'Bytes that the process had read from disks, since the start. On Linux.',
      ({ process }) => told(process.diskReadBytes),
    ),
    gauge(
      'kafka_server_kafkaserver_linux_disk_write_bytes',
      'Bytes that the process had written to disks, since the start. On Linux.',
      ({ process }) => told(process.diskWrittenBytes),
    ),
  ]
}
