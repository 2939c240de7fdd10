// Metrics as text for Prometheus, in its own format or in OpenMetrics.
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { Metric, MonitoredBroker, Sample } from './metric.ts'
import { readMetrics } from './reading.ts'
import type { MetricsVisitor } from './reading.ts'

export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

const pieceCharsMin = 16 * KiB

/** The whole page, in pieces that follow one another. */
export async function exposeMetrics(
  metrics: readonly Metric[],
  broker: MonitoredBroker,
  format: ExpositionFormat,
): Promise<Buffer[]> {
  const page = new Page(format)
  await readMetrics(metrics, broker, page)
  return page.end()
}

class Page implements MetricsVisitor {
  readonly #format: ExpositionFormat
  readonly #pieces: Buffer[] = []
  #text = ''
  /** Written with the first sample: what has none now has no head either. */
  #head = ''

  constructor(format: ExpositionFormat) {
    this.#format = format
  }

  metric(metric: Metric): void {
    this.#head = headOf(metric, this.#format)
  }

  sample(metric: Metric, sample: Sample): void {
    this.#text += this.#head + lineOf(metric, sample)
    this.#head = ''
    if (this.#text.length >= pieceCharsMin) this.#putAway()
  }

  end(): Buffer[] {
    if (this.#format === 'openmetrics') this.#text += '# EOF\n'
    this.#putAway()
    return this.#pieces
  }

  /** Long texts that grow by lines cost the collector more than pieces. */
  #putAway(): void {
    this.#pieces.push(Buffer.from(this.#text))
    this.#text = ''
  }
}

function headOf({ name, type, help }: Metric, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  if (format === 'prometheus') return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`
  // OpenMetrics names the family without _total; a counter of another name is none there.
  const isCounter = type === 'counter' && name.endsWith('_total')
  const family = isCounter ? name.slice(0, -'_total'.length) : name
  const openType = type === 'gauge' || isCounter ? type : 'unknown'
  return `# TYPE ${family} ${openType}\n# HELP ${family} ${escaped.replaceAll('"', '\\"')}\n`
}

function lineOf({ name, labels }: Metric, sample: Sample): string {
  assert(sample.length === labels.length + 1, 'a sample has a value for each label')
  let text = ''
  for (let index = 0; index < labels.length; index++) {
    const value = sample[index + 1]
    // An empty label is none.
    if (typeof value !== 'string' || value === '') continue
    text += `${text === '' ? '{' : ','}${labels[index]}="${escapeLabel(value)}"`
  }
  return `${name}${text === '' ? '' : `${text}}`} ${numberText(sample[0])}\n`
}

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}
