// Time comes in through this port, so that tests run on simulated time.

/** Cancels what was scheduled; harmless when it has already run. */
export type Cancel = () => void

export interface Clock {
  /** Wall-clock time in ms since the epoch: for record timestamps and retention. */
  nowMs(): number
  /** Monotonic ms: for time-outs and measured durations. */
  monotonicMs(): number
  /**
   * Runs once after `delayMs` (0 or more). Does not keep the process alive, unless it holds it: for
   * waits that a stop depends on.
   */
  after(delayMs: number, run: () => void, process?: 'hold-process'): Cancel
}

const timeoutMsMax = 2 ** 31 - 1

export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now()
  }

  monotonicMs(): number {
    return performance.now()
  }

  after(delayMs: number, run: () => void, process?: 'hold-process'): Cancel {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), timeoutMsMax))
    if (process !== 'hold-process') timer.unref()
    return () => clearTimeout(timer)
  }
}

/** A point in time as text ("2027-11-21T06:21:47Z", "Nov 21 06:21:47 2027 GMT") in ms since the epoch. */
export function parseTime(text: string): number {
  return Date.parse(text)
}

/** Ms since the epoch as YYYY-MM-DDTHH:MM:SS.sssZ. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
