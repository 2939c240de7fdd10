// What kafka-consumer-perf-test and kafka-share-consumer-perf-test are told alike: flags, and what they come to.
import { dateFormat, type DateFormat } from './java-date-format.ts'
import type { OptionTable } from './options.ts'
import { keyValues, readPropertiesFile, type ToolCall } from './tool.ts'

export const perfConsumerOptions = {
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'server to connect to',
  },
  'command-property': { text: 'A consumer property, key=value.', value: 'prop1=val1' },
  'socket-buffer-size': {
    text: "The size of the socket's receive buffer; meaningless here.",
    value: 'size',
    type: 'int',
    fallback: '2097152',
  },
  'consumer.config': {
    text: '(Deprecated) A file with consumer properties.',
    value: 'config file',
  },
  'command-config': { text: 'A file with consumer properties.', value: 'config file' },
  'print-metrics': { text: 'Print metrics; there are none here.' },
  'show-detailed-stats': { text: 'Report every --reporting-interval.' },
  timeout: {
    text: 'End when no record has come for so long.',
    value: 'milliseconds',
    type: 'long',
    optionalValue: true,
    fallback: '10000',
  },
  messages: { text: '(Deprecated) How many records.', value: 'count', type: 'long' },
  'num-records': { text: 'REQUIRED: How many records.', value: 'count', type: 'long' },
  'reporting-interval': {
    text: 'How often to report.',
    value: 'interval_ms',
    type: 'long',
    fallback: '5000',
  },
  'date-format': {
    text: "How to print times, in java.text.SimpleDateFormat's letters.",
    value: 'date format',
    fallback: 'yyyy-MM-dd HH:mm:ss:SSS',
  },
  'hide-header': { text: 'Print no header.' },
} as const satisfies OptionTable

type PerfConsumerCall = ToolCall<keyof typeof perfConsumerOptions>

/** Ends with the usage where flags do not go together; warns of the deprecated ones. @throws ToolExit */
export async function checkPerfConsumerArguments(call: PerfConsumerCall): Promise<void> {
  call.requireOneOf('messages', 'num-records')
  call.forbid('consumer.config', 'command-config')
  for (const [old, current] of [
    ['messages', 'num-records'],
    ['consumer.config', 'command-config'],
  ] as const) {
    if (call.options.has(old)) {
      await call.host.out(`Warning: --${old} is deprecated. Use --${current} instead.\n`)
    }
  }
}

/** The consumer's properties: the file's, then the flags'. */
export function perfConsumerProperties(call: PerfConsumerCall): ReadonlyMap<string, string> {
  const { options: given, host } = call
  const file = given.value('consumer.config') ?? given.value('command-config')
  return new Map([
    ...readPropertiesFile(host, file),
    ...keyValues(given.values('command-property')),
  ])
}

/** How much to consume, and how to tell of it. */
export interface PerfConsumerRules {
  readonly recordsMax: number
  /** The longest time between two records. */
  readonly timeoutMs: number
  /** How long a window of --show-detailed-stats lasts. */
  readonly intervalMs: number
  readonly format: DateFormat
}

/** What the flags come to. @throws Error for an interval or a date format that is none */
export function perfConsumerRules({ options: given }: PerfConsumerCall): PerfConsumerRules {
  const recordsMax = given.number('num-records') ?? given.numberOf('messages')
  const timeoutMs = given.numberOf('timeout')
  const intervalMs = given.numberOf('reporting-interval')
  if (intervalMs <= 0) throw new Error('Reporting interval must be greater than 0.')
  return { recordsMax, timeoutMs, intervalMs, format: dateFormat(given.required('date-format')) }
}

/** The line that says why there was less than was wanted. */
export function timeoutWarning(timeoutMs: number): string {
  return `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.\n`
}
