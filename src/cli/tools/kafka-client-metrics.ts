// kafka-client-metrics: which metrics the brokers ask clients for (KIP-714).
import type { Cluster } from '../../client/cluster.ts'
import {
  alterConfigs,
  describeConfigs,
  resourceTypes,
  type ConfigChange,
} from '../../client/configs.ts'
import { throwOnError } from '../../client/errors.ts'
import { randomKafkaUuid } from '../../io/random.ts'
import type { OptionTable } from './options.ts'
import {
  beginTool,
  javaText,
  messageOf,
  readPropertiesFile,
  ToolExit,
  withCluster,
} from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to manipulate and describe client metrics configurations.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: the brokers to connect to.',
    value: 'server to connect to',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file',
  },
  alter: { text: 'Change a subscription, or make one.' },
  delete: { text: 'Delete a subscription.' },
  describe: { text: 'Show subscriptions.' },
  list: { text: 'List the names of subscriptions.' },
  name: { text: 'The name of the subscription.', value: 'name' },
  'generate-name': { text: 'Take a random name.' },
  interval: {
    text: 'How often metrics are wanted, in ms. Empty: the default again.',
    value: 'push interval',
  },
  match: {
    text: 'Whose metrics: client_id, client_instance_id, client_software_name, client_software_version, client_source_address, client_source_port with a pattern each.',
    value: 'k1=v1,k2=v2',
  },
  metrics: { text: 'Prefixes of the names of metrics.', value: 'm1,m2' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-client-metrics', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  checkArguments(call)
  const { options: given } = call
  const config = given.value('command-config')
  const bootstrap = given.required('bootstrap-server')
  const properties = readPropertiesFile(host, config)
  try {
    await withCluster(host, { bootstrap, properties }, (cluster) => act(call, cluster))
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    await host.out(`Error while executing client metrics command : ${messageOf(error)}\n`)
    host.err(`ERROR ${javaText(error)}\n`)
    return 1
  }
}

function checkArguments(call: Call): void {
  const { options: given } = call
  const actions = ['alter', 'delete', 'describe', 'list'] as const
  if (actions.filter((name) => given.has(name)).length !== 1) {
    call.usage('Command must include exactly one action: --alter, --delete, --describe or --list.')
  }
  if (!given.has('bootstrap-server')) throw new Error('--bootstrap-server must be specified.')
  const settings = ['generate-name', 'interval', 'match', 'metrics'] as const
  call.forbid('delete', ...settings)
  call.forbid('describe', ...settings)
  call.forbid('list', 'name', ...settings)
  if (given.has('alter') && given.has('name') === given.has('generate-name')) {
    throw new Error('One of --name or --generate-name must be specified with --alter.')
  }
  if (given.has('delete') && !given.has('name')) {
    throw new Error('A client metrics resource name must be specified with --delete.')
  }
  if (!/^([+-]?\d+)?$/.test(given.value('interval') ?? '')) {
    throw new Error('Invalid interval value. Enter an integer, or leave empty to reset.')
  }
}

function act(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  if (given.has('alter')) return alter(call, cluster)
  if (given.has('delete')) return remove(host, cluster, given.required('name'))
  return given.has('describe') ? describe(call, cluster) : list(host, cluster)
}

const resourceOf = (name: string) => ({ type: resourceTypes.clientMetrics, name })

async function alter({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const name = given.value('name') ?? randomKafkaUuid(host.random)
  const settings = [
    ['interval.ms', given.values('interval')],
    ['metrics', given.values('metrics')],
    ['match', given.values('match')],
  ] as const
  const changes = settings.flatMap(([key, values]): ConfigChange[] => {
    if (values.length === 0) return []
    const value = values.join(',')
    return [{ name: key, operation: value === '' ? 'delete' : 'set', value }]
  })
  await alterConfigs(cluster, resourceOf(name), changes)
  await host.out(`Altered client metrics config for ${name}.\n`)
}

async function remove(host: ToolHost, cluster: Cluster, name: string): Promise<void> {
  const [configs = []] = await describeConfigs(cluster, [resourceOf(name)])
  const changes = configs.map((entry): ConfigChange => {
    return { name: entry.name, operation: 'delete', value: null }
  })
  await alterConfigs(cluster, resourceOf(name), changes)
  await host.out(`Deleted client metrics config for ${name}.\n`)
}

async function describe({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const known = await subscriptions(cluster)
  const name = given.value('name')
  if (name !== undefined && !known.includes(name)) {
    return host.out(
      `The client metric resource ${name} doesn't exist and doesn't have dynamic config.\n`,
    )
  }
  for (const each of name === undefined ? known : [name]) {
    await host.out(`Client metrics configs for ${each} are:\n`)
    const [configs = []] = await describeConfigs(cluster, [resourceOf(each)])
    for (const entry of configs) await host.out(`  ${entry.name}=${entry.value}\n`)
  }
}

async function list(host: ToolHost, cluster: Cluster): Promise<void> {
  await host.out(`${(await subscriptions(cluster)).join('\n')}\n`)
}

async function subscriptions(cluster: Cluster): Promise<readonly string[]> {
  const request = { resourceTypes: [resourceTypes.clientMetrics] }
  const response = await cluster.any('ListConfigResources', request)
  throwOnError(response.errorCode)
  return response.configResources.map(({ resourceName }) => resourceName).sort()
}
