// Tools that take a command before or after their flags: `kafka-cluster cluster-id --bootstrap-server …`.
import type { OptionTable } from './options.ts'
import { beginTool, type ToolCall, type ToolHost } from './tool.ts'

export interface SubCommandRules<Command extends string> {
  readonly tool: string
  readonly summary: string
  readonly commands: readonly Command[]
  /** How the tool says that a command is missing or unknown; by default above its usage. */
  readonly complain?: (text: string) => never
}

/** Parses flags and command. @throws ToolExit with the usage when there is none, or an unknown one */
export function beginCommand<Name extends string, Command extends string>(
  table: Readonly<Record<Name, OptionTable[string]>>,
  args: readonly string[],
  host: ToolHost,
  rules: SubCommandRules<Command>,
): { readonly call: ToolCall<Name | 'help' | 'version'>; readonly command: Command } {
  const { tool, summary, commands } = rules
  const list = commands.join(',')
  const call = beginTool(table, args.length === 0 ? ['--'] : args, host, {
    summary: `usage: ${tool} {${list}} ...\n${summary}`,
    helpSucceeds: true,
  })
  const [name] = call.options.arguments
  const command = commands.find((known) => known === name)
  if (command !== undefined) return { call, command }
  const complaint =
    name === undefined
      ? 'too few arguments'
      : `argument command: invalid choice: '${name}' (choose from '${commands.join("','")}')`
  if (rules.complain !== undefined) return rules.complain(complaint)
  return call.usage(`${tool}: error: ${complaint}`)
}
