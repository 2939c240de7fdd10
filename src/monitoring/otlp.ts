// Metrics as OpenTelemetry's collectors take them: OTLP over HTTP, as JSON. Made as text, because objects
// of a whole batch would hold the event loop while they are turned into it.
import { assert } from '../base/assert.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Metric, Sample } from './metric.ts'
import type { MetricsVisitor } from './reading.ts'

export interface OtlpBatchesOptions {
  /** Who is measured: the attributes of OpenTelemetry's resource. */
  readonly resource: Readonly<Record<string, string>>
  readonly scope: { readonly name: string; readonly version: string }
  /** Wall-clock ms: since when counters count, and when they were read. */
  readonly startedAtMs: number
  readonly nowMs: number
  /** How many samples one request has at most. */
  readonly batchSamplesMax: number
  /** Takes one request's body. */
  readonly send: (body: Buffer) => MaybePromise<void>
}

/** AGGREGATION_TEMPORALITY_CUMULATIVE. */
const cumulative = 2

export class OtlpBatches implements MetricsVisitor {
  readonly #options: OtlpBatchesOptions
  readonly #start: string
  readonly #times: Readonly<Record<Metric['type'], string>>
  /** Of the batch so far; the last metric is open while `#openMetric` names it. */
  #text = ''
  #sampleCount = 0
  #openMetric: Metric | null = null

  constructor(options: OtlpBatchesOptions) {
    const { resource, scope, startedAtMs, nowMs } = options
    this.#options = options
    const who = `"resource":{"attributes":[${attributes(Object.entries(resource))}]}`
    const what = `"scopeMetrics":[{"scope":${JSON.stringify(scope)},"metrics":[`
    this.#start = `{"resourceMetrics":[{${who},${what}`
    const now = `"timeUnixNano":"${nanoseconds(nowMs)}"`
    this.#times = {
      gauge: now,
      counter: `"startTimeUnixNano":"${nanoseconds(startedAtMs)}",${now}`,
    }
  }

  metric(): void {
    this.#closeMetric()
  }

  sample(metric: Metric, sample: Sample): MaybePromise<void> {
    const [value] = sample
    // JSON has no word for them.
    if (!Number.isFinite(value)) return
    if (this.#openMetric === null) this.#begin(metric)
    else this.#text += ','
    assert(this.#openMetric === metric, 'samples belong to the metric that is open')
    const labels = metric.labels.map((label, index) => [label, String(sample[index + 1])] as const)
    const point = `"attributes":[${attributes(labels)}],${this.#times[metric.type]},"asDouble":${value}`
    this.#text += `{${point}}`
    this.#sampleCount += 1
    return this.#sampleCount >= this.#options.batchSamplesMax ? this.flush() : undefined
  }

  /** Sends what is left. */
  flush(): MaybePromise<void> {
    if (this.#sampleCount === 0) return
    this.#closeMetric()
    const body = Buffer.from(`${this.#start}${this.#text}]}]}]}`)
    this.#text = ''
    this.#sampleCount = 0
    return this.#options.send(body)
  }

  #begin(metric: Metric): void {
    const { name, help, type } = metric
    if (this.#text !== '') this.#text += ','
    const about = `"name":${JSON.stringify(name)},"description":${JSON.stringify(help)}`
    const sum = `"sum":{"aggregationTemporality":${cumulative},"isMonotonic":true,`
    this.#text += `{${about},${type === 'counter' ? sum : '"gauge":{'}"dataPoints":[`
    this.#openMetric = metric
  }

  #closeMetric(): void {
    if (this.#openMetric === null) return
    this.#text += ']}}'
    this.#openMetric = null
  }
}

/** An empty value is no attribute. */
function attributes(pairs: readonly (readonly [key: string, value: string])[]): string {
  let text = ''
  for (const [key, value] of pairs) {
    if (value === '') continue
    const typed = `{"stringValue":${JSON.stringify(value)}}`
    text += `${text === '' ? '' : ','}{"key":${JSON.stringify(key)},"value":${typed}}`
  }
  return text
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`
}
