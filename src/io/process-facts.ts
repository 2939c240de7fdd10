// What the process is told of itself: processor time, memory, descriptors, and how late the event
// loop runs.
import { readFileSync, readdirSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { IntervalHistogram } from 'node:perf_hooks'

export interface ProcessFacts {
  /** User and system time since the start, seconds. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly heapUsedBytes: number
  /** Memory of buffers, outside the heap. */
  readonly externalBytes: number
  /** Open descriptors; -1 where the system does not tell. */
  readonly openFiles: number
  /** Bytes that went to and from disks since the start; -1 where the system does not tell. */
  readonly diskReadBytes: number
  readonly diskWrittenBytes: number
  /** Share of the last seconds in which the event loop had nothing to do, 0 to 1. */
  readonly idleShare: number
  /** How much later than planned timers ran in the last minute, ms. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

export interface ProcessMonitor {
  facts(): ProcessFacts
  stop(): void
}

/** The sampler's timer fires so often. Each time wakes a process that may have nothing else to do. */
const samplingMs = 100
const windowMs = 60_000
const utilizationMs = 1000
const nsPerMs = 1e6

export class SystemProcessMonitor implements ProcessMonitor {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: samplingMs })
  #delaysSinceMs = performance.now()
  #utilization = performance.eventLoopUtilization()
  #utilizationAtMs = performance.now()
  #idleShare = 1

  constructor() {
    this.#delays.enable()
  }

  facts(): ProcessFacts {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed, external } = process.memoryUsage()
    return {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      openFiles: openFiles(),
      ...diskTraffic(),
      idleShare: this.#readIdleShare(),
      loopDelayMs: this.#readDelays(),
    }
  }

  stop(): void {
    this.#delays.disable()
  }

  #readIdleShare(): number {
    const nowMs = performance.now()
    if (nowMs - this.#utilizationAtMs < utilizationMs) return this.#idleShare
    const now = performance.eventLoopUtilization()
    this.#idleShare = 1 - performance.eventLoopUtilization(now, this.#utilization).utilization
    this.#utilization = now
    this.#utilizationAtMs = nowMs
    return this.#idleShare
  }

  #readDelays(): ProcessFacts['loopDelayMs'] {
    const [p50, p99, max] = [
      this.#delays.percentile(50),
      this.#delays.percentile(99),
      this.#delays.max,
    ].map((ns) => Math.max(0, ns / nsPerMs - samplingMs))
    const isEmpty = this.#delays.count === 0
    const nowMs = performance.now()
    if (nowMs - this.#delaysSinceMs > windowMs) {
      this.#delays.reset()
      this.#delaysSinceMs = nowMs
    }
    return isEmpty ? { p50: 0, p99: 0, max: 0 } : { p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 }
  }
}

function openFiles(): number {
  try {
    // The listing itself holds one.
    return readdirSync('/proc/self/fd').length - 1
  } catch (error) {
    if (error instanceof Error && 'code' in error) return -1
    throw error
  }
}

function diskTraffic(): Pick<ProcessFacts, 'diskReadBytes' | 'diskWrittenBytes'> {
  try {
    const text = readFileSync('/proc/self/io', 'utf8')
    const bytesOf = (name: string): number => {
      const [, digits] = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text) ?? []
      return digits === undefined ? -1 : Number(digits)
    }
    return { diskReadBytes: bytesOf('read_bytes'), diskWrittenBytes: bytesOf('write_bytes') }
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      return { diskReadBytes: -1, diskWrittenBytes: -1 }
    throw error
  }
}
