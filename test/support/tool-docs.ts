// docs/tools.md, docs/json.md and package.json's commands are rendered from the tools and reports themselves:
// `npm run docs`.
// test/tidy/tools.test.ts holds both to the code.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { reportOptions } from '../../src/cli/reports/run.ts'
import { reports } from '../../src/cli/reports/table.ts'
import { loadTool, toolNames, type ToolName } from '../../src/cli/tools/index.ts'

const docsPath = new URL('../../docs/tools.md', import.meta.url)
const jsonDocsPath = new URL('../../docs/json.md', import.meta.url)
const packagePath = new URL('../../package.json', import.meta.url)

const line = (pattern: RegExp, state: string): readonly [RegExp, string] => [pattern, state]

const perfConsumerRemarks = [
  line(/^date-format$/, 'differs: no letters for weeks and days of the year (w, W, D, F, u, Y)'),
  line(/^socket-buffer-size$/, 'meaningless here: accepted'),
  line(/^print-metrics$/, 'meaningless here: the client keeps no metrics'),
]

/** Flags that do something else here than in Apache Kafka; all others work as they do there. */
const remarks: Partial<Record<ToolName | 'all', readonly (readonly [RegExp, string])[]>> = {
  all: [
    line(
      /^(command-(config|property)|(producer|consumer)-property|admin\.config|config)$/,
      'works: TLS (PEM, PKCS12, JKS), PLAIN, SCRAM, OAUTHBEARER with a token in a file; no GSSAPI',
    ),
    line(/^bootstrap-controller$/, 'works: the broker is its own controller and answers itself'),
  ],
  'kafka-console-producer': [
    line(/^line-reader$/, 'differs: only the default reader, no Java classes'),
    line(/^(socket-buffer-size|metadata-expiry-ms)$/, 'meaningless here: accepted'),
    line(/^(command-config|command-property|producer)/, 'works; no transactional.id'),
  ],
  'kafka-console-consumer': [
    line(/^formatter$/, "differs: Kafka's own formatters, no other Java classes"),
    line(/-deserializer$/, "differs: Kafka's own deserializers, no other Java classes"),
    line(
      /^(command-config|command-property|consumer)/,
      'works; group.protocol=consumer joins with the classic protocol (range)',
    ),
  ],
  'kafka-console-share-consumer': [
    line(/^formatter$/, "differs: Kafka's own formatters, no other Java classes"),
    line(/-deserializer$/, "differs: Kafka's own deserializers, no other Java classes"),
  ],
  'kafka-configs': [line(/^(user|user-defaults)$/, 'works: SCRAM credentials and quotas')],
  'kafka-consumer-perf-test': perfConsumerRemarks,
  'kafka-share-consumer-perf-test': [
    line(
      /^timeout$/,
      "works: between two records; Kafka's tool also breaks off a run that takes longer as a whole",
    ),
    ...perfConsumerRemarks,
  ],
  'kafka-reassign-partitions': [
    line(
      /^execute$/,
      'works: between the directories of the broker; other brokers there are none, and are refused',
    ),
    line(/^throttle$/, 'works: stored, and lifted by --verify; there is nothing to copy'),
    line(/^generate$/, 'works; a partition begins on another broker than in Kafka'),
  ],
  'kafka-producer-perf-test': [
    line(/^print-metrics$/, 'meaningless here: the client keeps no metrics'),
  ],
  'kafka-streams-application-reset': [
    line(/^dry-run$/, "works; with --force it removes no members, which Kafka's tool does"),
    line(/^config-file$/, 'works: as --command-config'),
  ],
  'kafka-verifiable-consumer': [
    line(/^assignment-strategy$/, 'differs: RangeAssignor alone, any other is refused'),
    line(/^group-protocol$/, 'differs: consumer joins with the classic protocol (range)'),
    line(/^group-remote-assignor$/, 'meaningless here: accepted'),
  ],
  'kafka-dump-log': [
    line(/-decoder-class$/, "differs: Kafka's own decoders (bytes as hex), no other Java classes"),
    line(/^remote-log/, 'differs: prints JSON; there is no such topic here'),
  ],
  'kafka-storage': [
    line(/^release-version$/, 'works; without it, the levels of a new data directory of ours'),
    line(/^(initial-controllers|no-initial-controllers)$/, 'differs: this node is the one voter'),
    line(/^add-scram$/, 'works; what it adds is not printed'),
  ],
  'kafka-delegation-tokens': [
    line(
      /^describe$/,
      "differs: without owners shows the current user's tokens, Kafka's tool shows none",
    ),
  ],
  'kafka-metadata-quorum': [
    line(/^(controller-.*|dry-run)$/, 'meaningless here: the quorum is this one node'),
  ],
}

/** Tools of Apache Kafka 4 that have no counterpart. */
const absent: readonly (readonly [name: string, why: string])[] = [
  ['kafka-jmx', 'meaningless here: there is no JMX'],
  ['kafka-replica-verification', 'meaningless here: there is one replica'],
  ['kafka-metadata-shell', "not yet; Apache Kafka's own reads our files"],
  ['connect-*, kafka-run-class, trogdor', 'meaningless here: they run Java'],
]

/** Commands that are no tools: they start and stop the broker. */
const serverScripts = ['kafka-server-start', 'kafka-server-stop'] as const

const head = `# Kafka's command-line tools

The package brings Kafka's tools without a JVM, under their names with and without
\`.sh\`: same flags, same columns, same exit codes as those of Apache Kafka 4.3. What a flag
does here that it does not do there is said in its row. Lists come sorted where Kafka's come in no
order, and log lines on stderr have no time in front.

Programs that look for \`$KAFKA_PATH/bin/kafka-topics.sh\` find it when \`KAFKA_PATH\` is the
directory of the unpacked tarball, or what \`npm prefix -g\` prints after \`npm install -g ottla\`.
From a clone, \`node docker/link-commands.mjs DIR\` puts the commands into any directory.

This file is generated: \`npm run docs\`.

## kafka-server-start, kafka-server-stop

\`kafka-server-start [-daemon] server.properties [--override key=value]*\` is \`ottla start\`; with
\`-daemon\` it goes on in the background and prints to \`kafkaServer.out\` in \`LOG_DIR\` (default
\`./logs\`). \`kafka-server-stop [--process-role=role] [--node-id=id]\` sends SIGTERM to
**every** Ottla broker of this machine, whoever started it, as Kafka's does to Kafka's; with \`--node-id\` to those
of that id (every one that sets none has 1). Where others run brokers too, stop yours by its
process id. The JVM's variables (\`KAFKA_HEAP_OPTS\` and so on) mean nothing here.
`

/** docs/tools.md as the code says now. */
export async function renderToolDocs(): Promise<string> {
  const parts = [head]
  for (const name of toolNames) {
    const { options, summary } = await loadTool(name)
    const rows = Object.keys(options)
      .sort()
      .map((flag) => `| \`--${flag}\` | ${stateOf(name, flag)} |`)
    parts.push(`## ${name}\n\n${summary}\n\n| flag | here |\n| --- | --- |\n${rows.join('\n')}\n`)
  }
  parts.push(`## Not here\n\n| tool | why |\n| --- | --- |\n${absentRows().join('\n')}\n`)
  return parts.join('\n')
}

/** README's table: every tool of Apache Kafka 4, and which of its flags do something else here. */
export async function documentToolStates(): Promise<string> {
  const rows: string[] = []
  for (const name of toolNames) {
    const { options } = await loadTool(name)
    const flags = Object.keys(options).sort()
    const otherwise = (['differs', 'meaningless'] as const).flatMap((state) => {
      const found = flags.filter((flag) => stateOf(name, flag).startsWith(state))
      return found.length === 0
        ? []
        : [`${state}: ${found.map((flag) => `\`--${flag}\``).join(', ')}`]
    })
    rows.push(`| [${name}](docs/tools.md#${name}) | ${['works', ...otherwise].join('; ')} |`)
  }
  for (const name of serverScripts) rows.push(`| ${name} | works |`)
  const known = rows.sort()
  return ['| tool | here |', '| --- | --- |', ...known, ...absentRows()].join('\n')
}

/** Tools that are not here. */
function absentRows(): readonly string[] {
  return absent
    .filter(([name]) => !toolNames.some((known) => known === name))
    .map(([name, why]) => `| ${name} | ${why} |`)
}

const jsonHead = `# JSON of the command line

\`ottla <noun> <verb> … --json\` prints one JSON document and ends with exit code 0, or prints one
line on stderr and ends with 1. \`ottla topics list --json | jq -r '.topics[].name'\` lists topics.

The fields below are promises: a later version may have more, and these keep name and meaning.
Numbers are JSON numbers (offsets are exact up to 2^53), times are milliseconds since 1970. What a
document is about may be named by words or by the flag in its table; without, it tells of all.
Every report also takes \`--bootstrap-server\` (default localhost:9092), \`--command-config\` and
\`--timeout\`.

\`ottla config\`, \`ottla doctor\` and \`ottla check\` have a \`--json\` of their own.

This file is generated: \`npm run docs\`.
`

/** docs/json.md as the code says now. */
export function renderJsonDocs(): string {
  const shared = ['bootstrap-server', 'command-config', 'timeout', 'json', 'help']
  const parts = [...reports].map(([name, report]) => {
    const flags = Object.entries(reportOptions(report))
      .filter(([flag]) => !shared.includes(flag))
      .map(([flag, { text }]) => `- \`--${flag}\`: ${text}\n`)
    const rows = Object.entries(report.fields).map(([path, text]) => `| \`${path}\` | ${text} |\n`)
    const list = flags.length === 0 ? '' : `${flags.join('')}\n`
    const head = `## ottla ${name} --json\n\n${report.text}\n\n`
    return `${head}${list}| field | says |\n| --- | --- |\n${rows.join('')}`
  })
  return [jsonHead, ...parts].join('\n')
}

export function readJsonDocs(): string {
  return existsSync(jsonDocsPath) ? readFileSync(jsonDocsPath, 'utf8') : ''
}

function stateOf(tool: ToolName, flag: string): string {
  const own = remarks[tool]?.find(([pattern]) => pattern.test(flag))
  const general = remarks.all?.find(([pattern]) => pattern.test(flag))
  return (own ?? general)?.[1] ?? 'works'
}

/** The commands that package.json has to name: `ottla`, and every tool with and without `.sh`. */
export function commands(): Readonly<Record<string, string>> {
  const tools = [...toolNames, ...serverScripts]
    .sort()
    .flatMap((name) =>
      [name, `${name}.sh`].map((command) => [command, `./dist/src/cli/bin/${name}.js`] as const),
    )
  return Object.fromEntries([['ottla', './dist/src/cli/main.js'], ...tools])
}

/** What package.json names now. */
export function packageCommands(): unknown {
  return JSON.parse(readFileSync(packagePath, 'utf8')).bin
}

export function readToolDocs(): string {
  return existsSync(docsPath) ? readFileSync(docsPath, 'utf8') : ''
}

/** Writes all of them. */
export async function writeToolDocs(): Promise<void> {
  mkdirSync(new URL('./', docsPath), { recursive: true })
  writeFileSync(docsPath, await renderToolDocs())
  writeFileSync(jsonDocsPath, renderJsonDocs())
  const text: { bin: unknown } = JSON.parse(readFileSync(packagePath, 'utf8'))
  text.bin = commands()
  writeFileSync(packagePath, `${JSON.stringify(text, null, 2)}\n`)
}
