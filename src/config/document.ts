// The configuration tables of README and docs/configuration.md, made out of the tables that the
// broker obeys, so that neither can lie about the other.
import { brokerEntry } from './broker-config.ts'
import { brokerConfigChapters } from './broker-table.ts'
import type { ConfigEntry } from './entry.ts'
import { topicConfigTable, type TopicConfigEntry } from './topic-table.ts'

/** Where a default differs from Apache Kafka's, and why. The only list of such differences. */
export const differencesFromKafka: readonly {
  readonly key: string
  readonly kafka: string
  readonly why: string
}[] = [
  { key: 'node.id', kafka: 'required', why: 'One node needs no number.' },
  { key: 'broker.id', kafka: '-1', why: 'It follows node.id.' },
  {
    key: 'listeners',
    kafka: 'PLAINTEXT://:9092',
    why: 'A broker that was not configured is reachable from its own machine only.',
  },
  { key: 'log.dir', kafka: '/tmp/kafka-logs', why: 'Data should outlive a reboot.' },
  { key: 'controller.listener.names', kafka: 'required', why: 'There are no controllers apart.' },
  { key: 'process.roles', kafka: 'required', why: 'One node is both broker and controller.' },
  {
    key: 'group.initial.rebalance.delay.ms',
    kafka: '3000',
    why: 'A consumer that starts alone reads at once.',
  },
  {
    key: 'queued.max.request.bytes',
    kafka: '-1',
    why: 'The memory of all requests together has a bound.',
  },
]

/** The broker's keys, a table per chapter, in markdown. */
export function brokerConfigDocument(): string {
  return brokerConfigChapters
    .map(
      ({ title, table }) =>
        `### ${title}\n\n${configTable(Object.entries<ConfigEntry<unknown>>(table))}`,
    )
    .join('\n')
}

/** The topics' keys in markdown, each with the broker key behind it. */
export function topicConfigDocument(): string {
  const entries = Object.entries<TopicConfigEntry<unknown>>(topicConfigTable).filter(
    ([, entry]) => !entry.internal,
  )
  const rows = entries.map(([name, entry]) => [
    code(name),
    defaultOf(entry),
    entry.brokerKey === null ? '' : code(entry.brokerKey),
    entry.doc,
  ])
  return markdownTable(['Key', 'Default', 'Broker key', 'Meaning'], rows)
}

/** Defaults that differ from Kafka's, in markdown. */
export function differencesDocument(): string {
  const rows = differencesFromKafka.map(({ key, kafka, why }) => [
    code(key),
    code(brokerEntry(key)?.fallback ?? 'unset'),
    kafka === 'required' ? kafka : code(kafka),
    why,
  ])
  return markdownTable(['Key', 'Ottla', 'Apache Kafka', 'Why'], rows)
}

function configTable(entries: readonly [string, ConfigEntry<unknown>][]): string {
  const rows = entries
    .filter(([, entry]) => !entry.internal)
    .map(([name, entry]) => [code(name), defaultOf(entry), entry.doc])
  return markdownTable(['Key', 'Default', 'Meaning'], rows)
}

function defaultOf(entry: ConfigEntry<unknown>): string {
  if (entry.fallback === null) return 'unset'
  return entry.fallback === '' ? 'empty' : code(entry.fallback)
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('')
}

function code(text: string): string {
  return `\`${text}\``
}
