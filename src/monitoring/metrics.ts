// All metrics that the broker has, and the page of the documentation that lists them.
import { brokerMetrics } from './broker-metrics.ts'
import { clientMetrics } from './client-metrics.ts'
import { groupMetrics } from './group-metrics.ts'
import { lagMetrics } from './lag-metrics.ts'
import { logMetrics } from './log-metrics.ts'
import type { Metric } from './metric.ts'
import { processMetrics } from './process-metrics.ts'
import { quorumMetrics } from './quorum-metrics.ts'
import { quotaMetrics } from './quota-metrics.ts'
import { shareMetrics } from './share-metrics.ts'
import { trafficMetrics } from './traffic-metrics.ts'

const chapters: readonly { readonly title: string; readonly metrics: readonly Metric[] }[] = [
  { title: 'Traffic', metrics: trafficMetrics },
  { title: 'Broker', metrics: brokerMetrics },
  { title: 'Metadata quorum', metrics: quorumMetrics },
  { title: 'Quotas', metrics: quotaMetrics },
  { title: 'Logs', metrics: logMetrics },
  { title: 'Groups and transactions', metrics: [...groupMetrics, ...lagMetrics] },
  { title: 'Share groups', metrics: shareMetrics },
  { title: 'Clients', metrics: clientMetrics },
  { title: 'Process', metrics: processMetrics },
]

export const allMetrics: readonly Metric[] = chapters.flatMap(({ metrics }) => metrics)

/** A table per chapter, in markdown. */
export function documentMetrics(): string {
  return chapters.map(({ title, metrics }) => `## ${title}\n\n${table(metrics)}`).join('\n\n')
}

function table(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => {
    const labelled = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${labelled} | ${help} |`
  })
  return ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|', ...rows].join('\n')
}
