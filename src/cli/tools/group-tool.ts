// What kafka-consumer-groups, kafka-share-groups and kafka-streams-groups do alike, each for groups of its type.
import type { Cluster } from '../../client/cluster.ts'
import { listGroups } from '../../client/groups.ts'
import { OptionsRefused } from './options.ts'
import { javaText, quoted, readPropertiesFile, ToolExit, UsageError, withCluster } from './tool.ts'
import type { ToolCall } from './tool.ts'

/** A command line of one of the three tools. */
export type GroupToolCall = ToolCall<
  | 'bootstrap-server'
  | 'command-config'
  | 'timeout'
  | 'group'
  | 'all-groups'
  | 'describe'
  | 'members'
  | 'offsets'
  | 'state'
>

/** How a tool of groups fails. */
export interface GroupFailure {
  readonly type: 'consumer' | 'share' | 'streams'
  /** A flag whose value makes no sense ends with the usage, and failures with exit code 1. */
  readonly isStrict: boolean
  /** The error as the output has it. */
  readonly textOf?: (error: unknown) => string
}

/** Runs `act` with the cluster. Kafka's tools report failures in their output, most not by their exit code. */
export async function runGroupTool(
  call: GroupToolCall,
  { type, isStrict, textOf = javaText }: GroupFailure,
  act: (cluster: Cluster) => Promise<void>,
): Promise<number> {
  const { options: given, host } = call
  try {
    const request = {
      bootstrap: given.required('bootstrap-server'),
      properties: readPropertiesFile(host, given.value('command-config')),
      apiTimeoutMs: given.numberOf('timeout'),
    }
    await withCluster(host, request, act)
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (error instanceof UsageError || (isStrict && error instanceof OptionsRefused)) {
      call.usage(error.message)
    }
    await host.out(`\nError: Executing ${type} group command failed due to ${textOf(error)}\n`)
    host.err(`${javaText(error)}\n`)
    return isStrict ? 1 : 0
  }
}

/** Ends with the usage unless --describe says which groups, and at most one view of them. */
export function checkDescribe(call: GroupToolCall, scopes: string): void {
  const { options: given } = call
  const action = `Option ${quoted('describe')}`
  if (!hasGroups(call)) call.usage(`${action} takes one of these options: ${scopes}`)
  const views = ['members', 'offsets', 'state'] as const
  if (views.filter((view) => given.has(view)).length > 1) {
    const list = views.map(quoted).join(', ')
    call.usage(`${action} takes at most one of these options: ${list}`)
  }
  if (given.has('state') && given.value('state') !== undefined) {
    call.usage(`${action} does not take a value for ${quoted('state')}`)
  }
}

/** Some groups are named, or all. */
export function hasGroups({ options: given }: GroupToolCall): boolean {
  return given.has('group') || given.has('all-groups')
}

/** The ids of the groups that are named, or of all that `list` finds. */
export async function groupIdsOf(
  { options: given }: GroupToolCall,
  list: () => Promise<readonly { readonly groupId: string }[]>,
): Promise<readonly string[]> {
  if (!given.has('all-groups')) return [...new Set(given.values('group'))]
  return (await list()).map(({ groupId }) => groupId)
}

const minGroupColumns = 15

/** --list of a tool whose groups are of one type: `states` are those that --state may name. */
export async function printGroups(
  { options: given, host }: GroupToolCall,
  cluster: Cluster,
  of: { readonly type: 'share' | 'streams'; readonly states: readonly string[] },
): Promise<void> {
  const wanted = (given.value('state') ?? '').split(',').filter((text) => text !== '')
  const states = wanted.map((text) => {
    const found = of.states.find((state) => state.toLowerCase() === text.trim().toLowerCase())
    if (found !== undefined) return found
    throw new UsageError(
      `Invalid state list '${given.value('state')}'. Valid states are: ${of.states.join(', ')}`,
    )
  })
  const groups = await listGroups(cluster, { types: [of.type], states })
  const width = Math.max(minGroupColumns, ...groups.map(({ groupId }) => groupId.length))
  const line = (group: string, state: string): string =>
    given.has('state') ? `${group.padEnd(width)} ${state}\n` : `${group}\n`
  if (given.has('state')) await host.out(line('GROUP', 'STATE'))
  for (const { groupId, state } of groups) await host.out(line(groupId, state || 'Unknown'))
}

/** What --delete says: which groups are gone, and why others are not. */
export function deletionReport(
  type: 'consumer' | 'share',
  done: readonly string[],
  failed: ReadonlyMap<string, string>,
): string {
  const names = done.map((groupId) => `'${groupId}'`).join(', ')
  if (failed.size === 0) return `Deletion of requested ${type} groups (${names}) was successful.\n`
  const report = `\nError: Deletion of some ${type} groups failed:\n${failureLines(failed)}`
  if (done.length === 0) return report
  return `${report}\nThese ${type} groups were deleted successfully: ${names}\n`
}

/** A line for each group that could not be deleted. */
export function failureLines(failed: ReadonlyMap<string, string>): string {
  return [...failed]
    .map(([groupId, why]) => `* Group '${groupId}' could not be deleted due to: ${why}\n`)
    .join('')
}
