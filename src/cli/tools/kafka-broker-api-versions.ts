// kafka-broker-api-versions: which APIs each broker serves, in which versions.
import { apiNames } from '../../../protocol/codecs/index.ts'
import { apis } from '../../../protocol/codecs/index.ts'
import type { Cluster, ClusterNode } from '../../client/cluster.ts'
import type { ServerConnection } from '../../client/connection.ts'
import { runAdmin } from './admin-tool.ts'
import type { OptionTable } from './options.ts'
import { beginTool, messageOf } from './tool.ts'
import type { Tool, ToolHost } from './tool.ts'

const summary = 'This tool helps to retrieve broker version information.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: The broker to connect to.',
    value: 'server(s) to use for bootstrapping',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file',
  },
} as const satisfies OptionTable

export const tool: Tool = { name: 'kafka-broker-api-versions', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  call.require('bootstrap-server')
  const { options: given } = call
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: given.value('command-config'),
  }
  return runAdmin(call, flags, async (cluster) => {
    for (const node of await cluster.brokers()) await host.out(await brokerText(cluster, node))
  })
}

async function brokerText(cluster: Cluster, node: ClusterNode): Promise<string> {
  const name = `${node.host}:${node.port} (id: ${node.id} rack: ${node.rack} isFenced: false)`
  try {
    const connection = await cluster.connectionTo(node.id, node)
    return `${name} -> (\n${versionLines(connection).join(',\n')}\n)\n`
  } catch (error) {
    return `${name} -> ERROR: ${messageOf(error)}\n`
  }
}

/** APIs that only controllers serve; a broker's client does not ask for them. */
const controllerApis = new Set([
  'Vote',
  'BeginQuorumEpoch',
  'EndQuorumEpoch',
  'AlterPartition',
  'Envelope',
  'FetchSnapshot',
  'BrokerRegistration',
  'BrokerHeartbeat',
  'AllocateProducerIds',
  'ControllerRegistration',
  'AssignReplicasToDirs',
  'UpdateRaftVoter',
  'UnregisterController',
])

function versionLines({ versions }: ServerConnection): readonly string[] {
  const keys = new Set([
    ...apiNames.flatMap((name, key) => (name === undefined || controllerApis.has(name) ? [] : key)),
    ...versions.keys(),
  ])
  return [...keys]
    .sort((left, right) => left - right)
    .map((key) => {
      const name = apiNames[key]
      const served = versions.get(key)
      const title = `\t${name ?? 'UNKNOWN'}(${key}): `
      if (served === undefined) return `${title}UNSUPPORTED`
      const [min, max] = served
      const range = min === max ? String(min) : `${min} to ${max}`
      if (name === undefined) return `${title}${range}`
      const known = apis[name]
      const newest = known.latestVersionUnstable ? known.versions[1] - 1 : known.versions[1]
      const usable = Math.min(max, newest)
      const isUsable = usable >= Math.max(min, known.versions[0])
      return `${title}${range} [usable: ${isUsable ? usable : 'UNSUPPORTED'}]`
    })
}
