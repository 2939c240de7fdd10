// Metrics as text for Prometheus, in its own format or in OpenMetrics. Made in slices of the event
// loop: with ten thousand partitions there are a hundred thousand lines.
import { assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Clock } from '../io/clock.ts'
import type { Metric, MonitoredBroker, Sample } from './metric.ts'

export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** Requests wait no longer than this for the event loop. */
const sliceMs = 2
/** The clock is asked after so many samples. */
const samplesPerLook = 64

/** Pauses once a slice is over. */
export class Slices {
  readonly #clock: Clock
  #count = 0
  #startMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startMs = clock.monotonicMs()
  }

  /** To be called for each small piece of work. */
  giveWay(): MaybePromise<void> {
    this.#count += 1
    return this.#count % samplesPerLook === 0 ? this.giveWayIfDue() : undefined
  }

  /** To be called after work that may have been long. */
  giveWayIfDue(): MaybePromise<void> {
    if (this.#clock.monotonicMs() - this.#startMs < sliceMs) return
    return new Promise((resolve) => {
      this.#clock.after(0, () => {
        this.#startMs = this.#clock.monotonicMs()
        resolve()
      })
    })
  }
}

/** The whole page, in pieces that follow one another. */
export async function exposeMetrics(
  metrics: readonly Metric[],
  broker: MonitoredBroker,
  format: ExpositionFormat,
): Promise<Buffer[]> {
  const slices = new Slices(broker.services.clock)
  await broker.ages.refresh(broker.services, () => slices.giveWay())
  const frozen = atOneMoment(broker)
  const pieces: Buffer[] = []
  let text = ''
  for (const metric of metrics) {
    const before = text
    text += headOf(metric, format)
    let isEmpty = true
    for (const sample of metric.samples(frozen)) {
      isEmpty = false
      text += lineOf(metric, sample)
      const pause = slices.giveWay()
      if (pause === undefined) continue
      await pause
      pieces.push(Buffer.from(text))
      text = ''
    }
    // What has no samples now has no head either.
    if (isEmpty) text = before
    // Some count everything for one sample.
    await slices.giveWayIfDue()
  }
  if (format === 'openmetrics') text += '# EOF\n'
  pieces.push(Buffer.from(text))
  return pieces
}

/** The process is asked once for all metrics. */
function atOneMoment(broker: MonitoredBroker): MonitoredBroker {
  const facts = broker.process()
  return { ...broker, process: () => facts }
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
  for (const [index, label] of labels.entries()) {
    const value = sample[index + 1]
    // An empty label is none.
    if (typeof value !== 'string' || value === '') continue
    text += `${text === '' ? '{' : ','}${label}="${escapeLabel(value)}"`
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
