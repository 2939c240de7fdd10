// kafka-groups: lists groups of every kind.
import { listGroups, type GroupListing } from '../../client/groups.ts'
import { runAdmin } from './admin-tool.ts'
import type { OptionTable } from './options.ts'
import { beginTool } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to list groups of all types.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: The broker to connect to.',
    value: 'server to connect to',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file',
  },
  list: { text: 'List the groups.' },
  'group-type': { text: "Only 'classic', 'consumer', 'share' or 'streams'.", value: 'type' },
  protocol: { text: 'Only groups of this protocol type.', value: 'protocol' },
  consumer: { text: 'Only groups of consumers, of either protocol, and simple ones.' },
  share: { text: 'Only share groups.' },
  streams: { text: 'Only streams groups.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-groups', summary, options, run }

const groupTypes = ['classic', 'consumer', 'share', 'streams']

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary })
  const { options: given } = call
  if (!given.has('list')) call.usage('Command must include exactly one action: --list.')
  call.require('bootstrap-server')
  for (const filter of ['consumer', 'share', 'streams'] as const) {
    const others = (['consumer', 'share', 'streams'] as const).filter((other) => other !== filter)
    call.forbid(filter, 'group-type', 'protocol', ...others)
  }
  const type = given.value('group-type')
  if (type !== undefined && !groupTypes.includes(type.toLowerCase())) {
    throw new Error('--group-type must be a valid group type.')
  }
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: given.value('command-config'),
  }
  return runAdmin(call, flags, async (cluster) => {
    const groups = (await listGroups(cluster)).filter((group) => isWanted(call, group))
    const rows = groups.map(({ groupId, type, protocolType }) => [groupId, type, protocolType])
    const minColumns = 20
    const width = Math.max(minColumns, ...rows.flat().map(({ length }) => length))
    const head = ['GROUP', 'TYPE', 'PROTOCOL'].map((title) => title.padEnd(width)).join(' ')
    const lines = rows.map((row) => row.map((cell) => `${cell.padEnd(width)} `).join(''))
    await host.out(`${[head, ...lines].join('\n')}\n`)
  })
}

function isWanted({ options: given }: Call, { type, protocolType }: GroupListing): boolean {
  const wanted = given.value('group-type')
  const protocol = given.value('protocol')
  if (wanted !== undefined) {
    const isType = type.toLowerCase() === wanted.toLowerCase()
    return isType && (protocol === undefined || protocol === protocolType)
  }
  if (protocol !== undefined) return protocol === protocolType
  if (given.has('consumer')) {
    return protocolType === 'consumer' || protocolType === '' || type === 'Consumer'
  }
  if (given.has('share')) return type === 'Share'
  return !given.has('streams') || type === 'Streams'
}
