// How a row of the broker's tables is written.
import type { ConfigEntry, ConfigKind, Importance, UpdateMode } from './entry.ts'

/** A table of broker keys. */
export type BrokerTable = Readonly<Record<string, ConfigEntry<unknown>>>

/** A broker key: its kind, importance, meaning, and when a change takes effect. */
export function key<T>(
  kind: ConfigKind<T>,
  importance: Importance,
  doc: string,
  update: UpdateMode = 'read-only',
): ConfigEntry<T> {
  const { type, fallback, unset, validValues, parse } = kind
  return { type, fallback, unset, validValues, parse, importance, update, doc, internal: false }
}

/** A key that gives its value to topics without an override of their own. */
export function inherits<T>(topicEntry: ConfigEntry<T>, importance: Importance): ConfigEntry<T> {
  return key(
    topicEntry,
    importance,
    `For topics that do not say: ${topicEntry.doc}`,
    'cluster-wide',
  )
}

/** A key that Kafka obeys without listing it: DescribeConfigs says no more than that it is set. */
export function unlisted<T>(kind: ConfigKind<T>, doc: string): ConfigEntry<T> {
  return { ...key(kind, 'medium', doc), unlisted: true }
}

/** A key for Kafka's own tests and tuning: obeyed, not shown. */
export function hidden<T>(
  kind: ConfigKind<T>,
  importance: Importance,
  doc: string,
): ConfigEntry<T> {
  return { ...key(kind, importance, doc), internal: true }
}
