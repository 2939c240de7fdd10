// The lines in which kafka-share-consumer-perf-test reports.
import { MiB, type Count } from './consumption.ts'
import type { DateFormat } from './java-date-format.ts'

/** Above the lines of `shareReport`. */
export const shareReportHead =
  'start.time, end.time, data.consumed.in.MB, MB.sec, nMsg.sec, data.consumed.in.nMsg, fetch.time.ms\n'

const decimals = 4

/** What a line tells of: rates of what came in a window, sums of what came in all. */
export interface SharePeriod {
  readonly window: Count
  /** Without it, the window is all there was. */
  readonly all?: Count
  readonly endMs: number
}

/** A line without its end. Rates over no time at all are NaN or Infinity, as in Java. */
export function shareReport(
  { window, all = window, endMs }: SharePeriod,
  format: DateFormat,
): string {
  const elapsedMs = endMs - window.startMs
  const perSecond = (amount: number): string => ((1000 * amount) / elapsedMs).toFixed(decimals)
  return [
    format(window.startMs),
    format(endMs),
    (all.bytes / MiB).toFixed(decimals),
    perSecond(window.bytes / MiB),
    perSecond(window.records),
    all.records,
    elapsedMs,
  ].join(', ')
}
