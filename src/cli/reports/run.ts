// Runs `ottla <noun> <verb> --json`: one JSON document on stdout, or one line on stderr and exit code 1.
import {
  OptionsRefused,
  parseOptions,
  usageOf,
  type Options,
  type OptionTable,
} from '../tools/options.ts'
import { javaText, messageOf, readPropertiesFile, UsageError, withCluster } from '../tools/tool.ts'
import type { ToolHost } from '../tools/tool.ts'
import type { Report } from './report.ts'
import { reports } from './table.ts'

const commonOptions = {
  'bootstrap-server': {
    text: 'The brokers to connect to.',
    value: 'server to connect to',
    fallback: 'localhost:9092',
  },
  'command-config': { text: 'A file with properties for the client.', value: 'config file' },
  timeout: { text: 'How long to try, ms.', value: 'ms', type: 'int', fallback: '30000' },
  json: { text: 'One JSON document.' },
  help: { text: 'Print usage information.', forHelp: true },
} as const satisfies OptionTable

/** The flags of a report. */
export function reportOptions({ subject, options }: Report): OptionTable {
  const own: OptionTable =
    subject === undefined
      ? {}
      : { [subject]: { text: 'What it is about; may be repeated.', value: 'name' } }
  return { ...commonOptions, ...own, ...options }
}

/** The exit code. `name`: noun and verb. */
export async function runReport(
  name: string,
  args: readonly string[],
  host: ToolHost,
): Promise<number> {
  const report = reports.get(name)
  if (report === undefined) {
    host.err(`ottla: --json is for ${[...reports.keys()].join(', ')}; not for ${name}.\n`)
    return 1
  }
  const table = reportOptions(report)
  try {
    const options: Options<string> = parseOptions(table, args)
    if (options.has('help')) {
      await host.out(`${report.text}\n${usageOf(table)}`)
      return 0
    }
    await host.out(`${JSON.stringify(await readReport(report, options, host), null, 2)}\n`)
    return 0
  } catch (error) {
    const isMisuse = error instanceof OptionsRefused || error instanceof UsageError
    host.err(isMisuse ? `${messageOf(error)}\n${usageOf(table)}` : `${javaText(error)}\n`)
    return 1
  }
}

function readReport(report: Report, options: Options<string>, host: ToolHost): Promise<object> {
  const { subject } = report
  const flagged = subject === undefined ? [] : options.values(subject)
  if (subject === undefined && options.arguments.length > 0) {
    throw new UsageError(`What is "${options.arguments.join(' ')}"?`)
  }
  const config = options.value('command-config')
  const request = {
    bootstrap: options.required('bootstrap-server'),
    properties: config === undefined ? new Map() : readPropertiesFile(host, config),
    apiTimeoutMs: options.numberOf('timeout'),
  }
  const names = [...options.arguments, ...flagged]
  return withCluster(host, request, (cluster) => report.read(cluster, { names, options }))
}
