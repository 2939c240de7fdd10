// Counts what happens between the warm-up's end and the measurement's end, and what it costs the broker.
import { quantiles, type Figures } from '../figures.ts'
import { coreWaitSeconds, cpuSeconds, forgetPeak, peakResidentBytes } from '../process-stat.ts'

const microsecondsPerSecond = 1e6
const bytesPerMegabyte = 1e6

/** CPU that a broker's process uses between two moments. */
export class CpuMeter {
  readonly #pid: number
  readonly #cpu: number | null
  readonly #wait: number | null
  readonly #own = process.cpuUsage()
  readonly #startMs = performance.now()

  constructor(pid: number) {
    this.#pid = pid
    forgetPeak(pid)
    this.#cpu = cpuSeconds(pid)
    this.#wait = coreWaitSeconds(pid)
  }

  /** `units`: what the CPU time is to be divided by, by the name of the figure. */
  figures(units: Readonly<Record<string, number>>): Figures {
    const seconds = (performance.now() - this.#startMs) / 1000
    const own = process.cpuUsage(this.#own)
    const cpu = difference(cpuSeconds(this.#pid), this.#cpu)
    const wait = difference(coreWaitSeconds(this.#pid), this.#wait)
    const figures: Record<string, number> = {}
    const set = (name: string, value: number | null): void => {
      if (value !== null && Number.isFinite(value)) figures[name] = value
    }
    for (const [name, unit] of Object.entries(units)) {
      set(name, cpu === null || unit === 0 ? null : cpu / unit)
    }
    set('broker cores', cpu === null ? null : cpu / seconds)
    set('cores waited for', wait === null ? null : wait / seconds)
    set('generator cores', (own.user + own.system) / microsecondsPerSecond / seconds)
    const peak = peakResidentBytes(this.#pid)
    set('peak RSS MB', peak === null ? null : peak / bytesPerMegabyte)
    return figures
  }
}

/** Requests, their records and how long they took. */
export class Meter {
  readonly #brokerPid: number
  readonly #latencies: number[] = []
  #cpu: CpuMeter | null = null
  #counting = false
  #requests = 0
  #records = 0
  #payloadBytes = 0
  #startMs = 0

  constructor(brokerPid: number) {
    this.#brokerPid = brokerPid
  }

  start(): void {
    this.#cpu = new CpuMeter(this.#brokerPid)
    this.#startMs = performance.now()
    this.#counting = true
  }

  /** One answered request with so much in it; `sentMs` is when it was sent (performance.now). */
  count(records: number, payloadBytes: number, sentMs: number): void {
    if (!this.#counting) return
    this.#requests += 1
    this.#records += records
    this.#payloadBytes += payloadBytes
    this.#latencies.push(performance.now() - sentMs)
  }

  stop(): Figures {
    this.#counting = false
    const seconds = (performance.now() - this.#startMs) / 1000
    const at = quantiles(Float64Array.from(this.#latencies))
    const latencies = { 'p50 ms': at(0.5), 'p99 ms': at(0.99), 'p99.9 ms': at(0.999) }
    return {
      'MB/s': this.#payloadBytes / bytesPerMegabyte / seconds,
      'records/s': this.#records / seconds,
      'requests/s': this.#requests / seconds,
      ...(this.#latencies.length > 0 ? latencies : {}),
      ...this.#cpu?.figures({
        'CPU s/GB': this.#payloadBytes / 1e9,
        'CPU us/request': this.#requests / 1e6,
      }),
    }
  }
}

const difference = (now: number | null, before: number | null): number | null =>
  now === null || before === null ? null : now - before
