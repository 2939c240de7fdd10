// The table of tools: name → module, loaded only when it is run.
import type { Tool } from './tool.ts'

const loaders = {
  'kafka-acls': () => import('./kafka-acls.ts'),
  'kafka-broker-api-versions': () => import('./kafka-broker-api-versions.ts'),
  'kafka-client-metrics': () => import('./kafka-client-metrics.ts'),
  'kafka-cluster': () => import('./kafka-cluster.ts'),
  'kafka-configs': () => import('./kafka-configs.ts'),
  'kafka-console-consumer': () => import('./kafka-console-consumer.ts'),
  'kafka-console-producer': () => import('./kafka-console-producer.ts'),
  'kafka-console-share-consumer': () => import('./kafka-console-share-consumer.ts'),
  'kafka-consumer-groups': () => import('./kafka-consumer-groups.ts'),
  'kafka-consumer-perf-test': () => import('./kafka-consumer-perf-test.ts'),
  'kafka-delegation-tokens': () => import('./kafka-delegation-tokens.ts'),
  'kafka-delete-records': () => import('./kafka-delete-records.ts'),
  'kafka-dump-log': () => import('./kafka-dump-log.ts'),
  'kafka-e2e-latency': () => import('./kafka-e2e-latency.ts'),
  'kafka-features': () => import('./kafka-features.ts'),
  'kafka-get-offsets': () => import('./kafka-get-offsets.ts'),
  'kafka-groups': () => import('./kafka-groups.ts'),
  'kafka-leader-election': () => import('./kafka-leader-election.ts'),
  'kafka-log-dirs': () => import('./kafka-log-dirs.ts'),
  'kafka-metadata-quorum': () => import('./kafka-metadata-quorum.ts'),
  'kafka-producer-perf-test': () => import('./kafka-producer-perf-test.ts'),
  'kafka-reassign-partitions': () => import('./kafka-reassign-partitions.ts'),
  'kafka-share-consumer-perf-test': () => import('./kafka-share-consumer-perf-test.ts'),
  'kafka-share-groups': () => import('./kafka-share-groups.ts'),
  'kafka-storage': () => import('./kafka-storage.ts'),
  'kafka-streams-application-reset': () => import('./kafka-streams-application-reset.ts'),
  'kafka-streams-groups': () => import('./kafka-streams-groups.ts'),
  'kafka-topics': () => import('./kafka-topics.ts'),
  'kafka-transactions': () => import('./kafka-transactions.ts'),
  'kafka-verifiable-consumer': () => import('./kafka-verifiable-consumer.ts'),
  'kafka-verifiable-producer': () => import('./kafka-verifiable-producer.ts'),
} as const satisfies Record<string, () => Promise<{ readonly tool: Tool }>>

export type ToolName = keyof typeof loaders

/** Every tool there is. */
export const toolNames: readonly ToolName[] = Object.keys(loaders).filter(isToolName)

export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(loaders, name)
}

/** Loads a tool's module. */
export async function loadTool(name: ToolName): Promise<Tool> {
  return (await loaders[name]()).tool
}
