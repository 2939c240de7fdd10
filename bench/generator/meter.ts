// Counts what happens between the warm-up's end and the measurement's end.
import type { Sample } from '../loads.ts'
import { coreWaitSeconds, cpuSeconds } from '../process-stat.ts'

const microsecondsPerSecond = 1e6

export class Meter {
  readonly #brokerPid: number
  readonly #latencies: number[] = []
  #counting = false
  #requests = 0
  #records = 0
  #payloadBytes = 0
  #startMs = 0
  #startBrokerCpu: number | null = null
  #startBrokerWait: number | null = null
  #startOwnCpu: NodeJS.CpuUsage = { user: 0, system: 0 }

  constructor(brokerPid: number) {
    this.#brokerPid = brokerPid
  }

  start(): void {
    this.#startBrokerCpu = cpuSeconds(this.#brokerPid)
    this.#startBrokerWait = coreWaitSeconds(this.#brokerPid)
    this.#startOwnCpu = process.cpuUsage()
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

  stop(): Sample {
    this.#counting = false
    const seconds = (performance.now() - this.#startMs) / 1000
    const own = process.cpuUsage(this.#startOwnCpu)
    const sorted = Float64Array.from(this.#latencies).sort()
    const quantile = (part: number): number =>
      sorted[Math.floor(sorted.length * part)] ?? Number.NaN
    return {
      seconds,
      requests: this.#requests,
      records: this.#records,
      payloadBytes: this.#payloadBytes,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      brokerCpuSeconds: difference(cpuSeconds(this.#brokerPid), this.#startBrokerCpu),
      brokerCoreWaitSeconds: difference(coreWaitSeconds(this.#brokerPid), this.#startBrokerWait),
      generatorCores: (own.user + own.system) / microsecondsPerSecond / seconds,
    }
  }
}

const difference = (now: number | null, before: number | null): number | null =>
  now === null || before === null ? null : now - before
