// Which processes are brokers, by their command lines. Pure.
import { loadConfig } from '../config/load.ts'
import { parseCommand } from './flags.ts'

/** What kafka-server-stop was asked for. */
export interface StopRequest {
  /** Null: every broker of this machine. */
  readonly nodeId: number | null
}

/** Null: the arguments make no sense. Each broker has both roles, so that any role means every broker. */
export function stopRequest(args: readonly string[]): StopRequest | null {
  let nodeId: number | null = null
  for (const arg of args) {
    const id = /^--node-id=(\d+)$/.exec(arg)?.[1]
    if (id !== undefined) nodeId = Number(id)
    else if (!/^--process-role=(broker|controller|broker,controller)$/.test(arg)) return null
  }
  return { nodeId }
}

/** What starts a broker: one of our scripts, run by node. */
const scripts = [
  'cli/main\\.[jt]s start',
  'bin/ottla start',
  'kafka-server-start(?:\\.sh|\\.[jt]s)?',
]
const startLine = new RegExp(
  `^(?:\\S*/)?node(?: -\\S+)* \\S*(?:${scripts.join('|')})(?<args> .*)?$`,
)

/** The brokers in what `ps` lists: `pid args` each. Pids. */
export function serversAmong(
  lines: readonly string[],
  { nodeId }: StopRequest,
  readText: (path: string) => string,
): readonly number[] {
  return lines.flatMap((line) => {
    const { pid, command = '' } = /^\s*(?<pid>\d+) (?<command>.*)$/.exec(line)?.groups ?? {}
    const found = startLine.exec(command)
    if (pid === undefined || found === null) return []
    const args = (found.groups?.['args'] ?? '').split(' ').filter((word) => word !== '')
    return nodeId === null || nodeIdOf(args, readText) === nodeId ? [Number(pid)] : []
  })
}

/** node.id of a start with these arguments; null where its configuration cannot be read. */
function nodeIdOf(args: readonly string[], readText: (path: string) => string): number | null {
  const command = parseCommand(['start', ...args])
  if (command.kind !== 'start') return null
  try {
    const { file, overrides } = command
    const read = file === null ? null : { path: file, text: readText(file) }
    return loadConfig({ file: read, environment: {}, overrides }).config.nodeId
  } catch {
    // Another directory's file, or one that has changed: not to be taken for the one that is meant.
    return null
  }
}
