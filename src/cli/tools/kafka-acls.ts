// kafka-acls: adds, removes and lists access rules.
import { anyPattern, createAcls, deleteAcls, describeAcls } from '../../client/acls.ts'
import type { AclEntry, AclPattern, PatternAcls } from '../../client/acls.ts'
import type { Cluster } from '../../client/cluster.ts'
import {
  aclOptions,
  checkAclArguments,
  compareEntries,
  entryText,
  patternsOf,
  patternText,
  patternTypeOf,
  principalOf,
  rulesOf,
  type AclCall,
} from './acl-arguments.ts'
import { linesOf } from './line-reader.ts'
import { beginTool, javaText, readPropertiesFile, ToolExit, withCluster } from './tool.ts'
import type { Tool, ToolHost } from './tool.ts'

const summary = 'This tool helps to manage acls on kafka.'

export const tool: Tool = { name: 'kafka-acls', summary, options: aclOptions, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(aclOptions, args, host, { summary, onRefusal: 'message' })
  checkAclArguments(call)
  const { options: given } = call
  try {
    const properties = readPropertiesFile(host, given.value('command-config'))
    const bootstrap = given.value('bootstrap-server') ?? given.required('bootstrap-controller')
    await withCluster(host, { bootstrap, properties }, (cluster) => {
      if (given.has('add')) return add(call, cluster)
      return given.has('remove') ? remove(call, cluster) : list(call, cluster)
    })
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    await host.out(`Error while executing ACL command: ${javaText(error)}\n`)
    return 1
  }
}

async function add(call: AclCall, cluster: Cluster): Promise<void> {
  const type = patternTypeOf(call.options)
  if (type === 'any' || type === 'match') {
    const value = type.toUpperCase()
    call.usage(`A '--resource-pattern-type' value of '${value}' is not valid when adding acls.`)
  }
  const rules = rulesOf(call)
  if (rules.some(({ entries }) => entries.length === 0)) {
    call.usage(
      'You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.',
    )
  }
  for (const { filter, entries } of rules) {
    const pattern = { ...filter, resourceName: filter.resourceName ?? '' }
    await addTo(call.host, cluster, pattern, entries)
  }
}

/** Adds the rules that are not there yet. */
async function addTo(
  host: ToolHost,
  cluster: Cluster,
  pattern: AclPattern,
  entries: readonly AclEntry[],
): Promise<void> {
  const name = patternText(pattern)
  const found = await describeAcls(cluster, pattern)
  const present = new Set(found.flatMap((resource) => resource.entries.map(entryText)))
  const missing: AclEntry[] = []
  for (const entry of entries) {
    const text = entryText(entry)
    if (present.has(text)) await host.out(`Acl (pattern=${name}, entry=${text}) already exists.\n`)
    else missing.push(entry)
  }
  if (missing.length === 0) return
  await host.out(`Adding ACLs for resource \`${name}\`: \n ${linesFor(missing)}\n`)
  await createAcls(cluster, pattern, missing)
}

async function remove(call: AclCall, cluster: Cluster): Promise<void> {
  // One reader for all questions: what was typed ahead answers the next one.
  const answers = linesOf(call.host.input)
  for (const { filter, entries } of rulesOf(call)) {
    const name = patternText(filter)
    const question =
      entries.length === 0
        ? `Are you sure you want to delete all ACLs for resource filter \`${name}\`? (y/n)`
        : `Are you sure you want to remove ACLs: \n ${linesFor(entries)} from resource filter \`${name}\`? (y/n)`
    if (call.options.has('force') || (await isConfirmed(call.host, question, answers))) {
      await deleteAcls(cluster, filter, entries.length === 0 ? null : entries)
    }
  }
}

async function isConfirmed(
  host: ToolHost,
  question: string,
  answers: AsyncIterator<string>,
): Promise<boolean> {
  await host.out(`${question}\n`)
  const answer = await answers.next()
  return answer.done !== true && answer.value.toLowerCase() === 'y'
}

async function list({ options: given, host }: AclCall, cluster: Cluster): Promise<void> {
  const filters = patternsOf(given)
  const principals = new Set(given.values('principal').map(principalOf))
  const found = new Map<string, PatternAcls>()
  for (const filter of filters.length === 0 ? [anyPattern] : filters) {
    for (const each of await describeAcls(cluster, filter)) {
      found.set(patternText(each.pattern), each)
    }
  }
  const resources = [...found.values()].sort(compareResources)
  if (principals.size === 0) return print(host, resources)
  for (const principal of principals) {
    await host.out(`ACLs for principal \`${principal}\`\n`)
    const own = resources.map(({ pattern, entries }) => ({
      pattern,
      entries: entries.filter((entry) => entry.principal === principal),
    }))
    await print(
      host,
      own.filter(({ entries }) => entries.length > 0),
    )
  }
}

function compareResources({ pattern: left }: PatternAcls, { pattern: right }: PatternAcls): number {
  if (left.resourceType !== right.resourceType) return left.resourceType - right.resourceType
  return patternText(left) < patternText(right) ? -1 : 1
}

async function print(host: ToolHost, resources: readonly PatternAcls[]): Promise<void> {
  for (const { pattern, entries } of resources) {
    const lines = linesFor([...entries].sort(compareEntries))
    await host.out(`Current ACLs for resource \`${patternText(pattern)}\`:\n${lines}\n`)
  }
}

function linesFor(entries: readonly AclEntry[]): string {
  return entries.map((entry) => `\t${entryText(entry)}\n`).join('')
}
