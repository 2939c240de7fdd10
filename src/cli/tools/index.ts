// The table of tools: name → module, loaded only when it is run.
import type { Tool } from './tool.ts'

const loaders = {
  'kafka-console-consumer': () => import('./kafka-console-consumer.ts'),
  'kafka-console-producer': () => import('./kafka-console-producer.ts'),
  'kafka-topics': () => import('./kafka-topics.ts'),
} as const satisfies Record<string, () => Promise<{ readonly tool: Tool }>>

export type ToolName = keyof typeof loaders

/** Loads a tool's module. */
export async function loadTool(name: ToolName): Promise<Tool> {
  return (await loaders[name]()).tool
}
