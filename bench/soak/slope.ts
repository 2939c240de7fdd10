// Whether a series of measurements stays where it was: a robust slope, so that one bad sample decides nothing.
import { median } from '../figures.ts'

/** Theil and Sen's slope: the median of the slopes between all pairs. 0 for fewer than two points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x1, y1], at) =>
    points.slice(at + 1).map(([x2, y2]) => (x1 === x2 ? 0 : (y2 - y1) / (x2 - x1))),
  )
  return median(slopes) ?? 0
}

export interface Trend {
  /** Median of the whole series. */
  readonly level: number
  /** What the slope adds from the series' begin to its end. */
  readonly growth: number
  readonly flat: boolean
}

/** Flat: the growth is at most `relative` of the level, or at most `absolute`. */
export function trendOf(
  points: readonly (readonly [x: number, y: number])[],
  allowed: { readonly relative: number; readonly absolute: number },
): Trend {
  const level = median(points.map(([, y]) => y)) ?? NaN
  const span = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)
  const growth = slopeOf(points) * span
  const flat = growth <= Math.max(allowed.absolute, allowed.relative * level)
  return { level, growth, flat }
}
