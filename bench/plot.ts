// Draws plots as SVG, by hand: lines over a linear or logarithmic axis, and bars around 1. No fonts, no script,
// readable on light and dark pages. `panels` puts several under one another.

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LinePlot {
  readonly title: string
  readonly xLabel: string
  readonly scale: 'linear' | 'log'
  readonly series: readonly Series[]
}

export interface Bar {
  readonly name: string
  /** Above 1 is good and drawn to the right, below to the left, on a logarithmic axis. */
  readonly ratio: number
}

/** A drawing and the height it takes. */
export interface Panel {
  readonly height: number
  readonly body: string
}

const width = 760
const left = 70
const right = 150
const top = 34
const plotHeight = 190
const lineHeight = 18
const barHeight = 12
const labelWidth = 300
const colours = ['#2a78c8', '#d9730d', '#2f9e5b', '#b04ac0', '#c23b3b', '#7a7a7a']
const ink = '#808080'

export function panels(all: readonly Panel[]): string {
  let y = 0
  const placed = all.map(({ height, body }) => {
    const group = `<g transform="translate(0 ${y})">${body}</g>`
    y += height
    return group
  })
  const size = `viewBox="0 0 ${width} ${y}" width="${width}" height="${y}"`
  const font = `font-family="sans-serif" font-size="12" fill="${ink}"`
  const content = placed.join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>\n${content}\n</svg>\n`
}

export function linePlot(plot: LinePlot): Panel {
  const points = plot.series.flatMap((series) => series.points)
  const xs = axis(
    points.map(([x]) => x),
    { scale: plot.scale, from: left, to: width - right },
  )
  const ys = axis([0, ...points.map(([, y]) => y)], {
    scale: 'linear',
    from: top + plotHeight,
    to: top,
  })
  const body = [text(left, 16, plot.title, 'start', true)]
  for (const y of ys.ticks) {
    body.push(line(left, ys.at(y), width - right, ys.at(y), 0.25))
    body.push(text(left - 6, ys.at(y) + 4, short(y), 'end'))
  }
  for (const x of xs.ticks) body.push(text(xs.at(x), top + plotHeight + 16, short(x), 'middle'))
  body.push(text((left + width - right) / 2, top + plotHeight + 32, plot.xLabel, 'middle'))
  plot.series.forEach((series, index) => {
    const colour = colours[index % colours.length]
    const path = series.points.map(([x, y]) => `${fixed(xs.at(x))},${fixed(ys.at(y))}`).join(' ')
    body.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`)
    const y = top + 12 + index * lineHeight
    body.push(`<g fill="${colour}">${text(width - right + 10, y, series.name, 'start')}</g>`)
  })
  return { height: top + plotHeight + 46, body: body.join('') }
}

export function barPlot(title: string, bars: readonly Bar[]): Panel {
  const known = bars.filter(({ ratio }) => ratio > 0 && Number.isFinite(ratio))
  const xs = axis([0.5, 2, ...known.map(({ ratio }) => ratio)], {
    scale: 'log',
    from: labelWidth,
    to: width - 70,
  })
  const bottom = top + known.length * lineHeight
  const body = [text(10, 16, title, 'start', true), line(xs.at(1), top - 4, xs.at(1), bottom, 1)]
  known.forEach(({ name, ratio }, index) => {
    const y = top + index * lineHeight
    const [from, to] = [Math.min(xs.at(1), xs.at(ratio)), Math.max(xs.at(1), xs.at(ratio))]
    const colour = ratio >= 1 ? colours[2] : colours[4]
    const size = `width="${fixed(to - from)}" height="${barHeight}"`
    body.push(text(labelWidth - 40, y + 10, name, 'end'))
    body.push(`<rect x="${fixed(from)}" y="${y}" ${size} fill="${colour}"/>`)
    body.push(text(to + 6, y + 10, `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`, 'start'))
  })
  return { height: bottom + lineHeight, body: body.join('') }
}

interface Axis {
  readonly ticks: readonly number[]
  at(value: number): number
}

function axis(
  values: readonly number[],
  { scale, from, to }: { scale: 'linear' | 'log'; from: number; to: number },
): Axis {
  const position = scale === 'log' ? (v: number) => Math.log10(Math.max(v, 1e-9)) : (v: number) => v
  const low = Math.min(...values)
  const high = Math.max(...values)
  const span = position(high) - position(low) || 1
  const at = (value: number): number =>
    from + ((position(value) - position(low)) / span) * (to - from)
  const ticks = scale === 'log' ? [...new Set(values)] : linearTicks(low, high)
  return { ticks, at }
}

/** About five round numbers. */
function linearTicks(low: number, high: number): number[] {
  const rough = (high - low || 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  const ticks: number[] = []
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick)
  return ticks
}

const fixed = (value: number): string => value.toFixed(1)
const short = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 3 })

function line(x1: number, y1: number, x2: number, y2: number, opacity: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map(fixed)
  const stroke = `stroke="${ink}" stroke-opacity="${opacity}"`
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" ${stroke}/>`
}

function text(x: number, y: number, content: string, anchor: string, bold = false): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const weight = bold ? ' font-weight="bold"' : ''
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}"${weight}>${escaped}</text>`
}
