// What the small admin tools have in common: a cluster, and errors in one line.
import type { Cluster } from '../../client/cluster.ts'
import { OptionsRefused } from './options.ts'
import {
  javaText,
  messageOf,
  readPropertiesFile,
  ToolExit,
  UsageError,
  withCluster,
} from './tool.ts'
import type { ToolCall, ToolHost } from './tool.ts'

/** The flags by which a tool finds its cluster. */
export interface AdminFlags {
  readonly host: ToolHost
  readonly bootstrap: string
  /** The file of `--command-config`. */
  readonly config: string | undefined
  readonly clientId?: string
  readonly apiTimeoutMs?: number
}

/**
 * Runs `use`; an error becomes a line on stderr (`prefix` before it) and exit code 1, one of usage the usage.
 */
export async function runAdmin<Name extends string>(
  call: ToolCall<Name>,
  flags: AdminFlags,
  use: (cluster: Cluster) => Promise<void>,
  prefix = '',
): Promise<number> {
  const { host, bootstrap, config, clientId, apiTimeoutMs } = flags
  try {
    const properties = readPropertiesFile(host, config)
    const request = {
      bootstrap,
      properties,
      ...(clientId === undefined ? {} : { clientId }),
      ...(apiTimeoutMs === undefined ? {} : { apiTimeoutMs }),
    }
    await withCluster(host, request, use)
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (error instanceof UsageError) call.usage(error.message)
    host.err(`${prefix}${error instanceof OptionsRefused ? messageOf(error) : javaText(error)}\n`)
    return 1
  }
}

/** A table with a tab after every cell, as wide as its widest cells. */
export function prettyTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headers.map((header, index) =>
    Math.max(header.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  return [headers, ...rows]
    .map((row) => `${row.map((cell, index) => `${cell.padEnd(widths[index] ?? 0)}\t`).join('')}\n`)
    .join('')
}
