// kafka-cluster: the cluster's id and endpoints.
import type { Cluster } from '../../client/cluster.ts'
import { throwOnError } from '../../client/errors.ts'
import { runAdmin } from './admin-tool.ts'
import type { OptionTable } from './options.ts'
import { beginCommand } from './sub-command.ts'
import { configFileOf } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'The Kafka cluster tool.'

const options = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'servers', short: 'b' },
  'bootstrap-controller': {
    text: 'The controllers to connect to; here the broker answers for them.',
    value: 'servers',
    short: 'C',
  },
  config: { text: '(Deprecated) A file with properties for the client.', value: 'file' },
  'command-config': { text: 'A file with properties for the client.', value: 'file', short: 'c' },
  id: { text: 'unregister: the id of the broker.', value: 'id', type: 'int', short: 'i' },
  'include-fenced-brokers': { text: 'list-endpoints: fenced brokers too.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-cluster', summary, options, run }

const commands = ['cluster-id', 'unregister', 'list-endpoints'] as const

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const { call: begun, command } = beginCommand(options, args, host, {
    tool: 'kafka-cluster',
    summary,
    commands,
  })
  const call: Call = begun
  const { options: given } = call
  const bootstrap = given.value('bootstrap-server') ?? given.value('bootstrap-controller')
  if (bootstrap === undefined) {
    call.usage(
      'kafka-cluster: error: one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required',
    )
  }
  if (command === 'unregister' && !given.has('id')) {
    call.usage('kafka-cluster: error: argument --id/-i is required')
  }
  const config = await configFileOf(call, 'config')
  return runAdmin(call, { host, bootstrap, config }, async (cluster) => {
    if (command === 'cluster-id') {
      const { clusterId } = await cluster.metadata([])
      await host.out(`Cluster ID: ${clusterId}\n`)
    } else if (command === 'unregister') {
      const brokerId = given.numberOf('id')
      const answer = await cluster.controller('UnregisterBroker', { brokerId })
      throwOnError(answer.errorCode, answer.errorMessage)
      await host.out(`Broker ${brokerId} is no longer registered.\n`)
    } else {
      await listEndpoints(call, cluster)
    }
  })
}

async function listEndpoints({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const wantsControllers = given.has('bootstrap-controller')
  const response = await cluster.any('DescribeCluster', {
    includeClusterAuthorizedOperations: false,
    includeFencedBrokers: given.has('include-fenced-brokers'),
  })
  throwOnError(response.errorCode, response.errorMessage)
  const { brokers } = response
  const hostColumns = Math.max(...brokers.map((broker) => broker.host.length))
  const racks = brokers.flatMap(({ rack }) => (rack === null ? [] : rack.length))
  const rackColumns = racks.length === 0 ? 10 : Math.max(...racks)
  const line = (cells: readonly string[]): string => {
    const [id = '', name = '', port = '', rack = '', state = '', type = ''] = cells
    const middle = wantsControllers ? '' : `${state.padEnd(10)} `
    return `${id.padEnd(10)} ${name.padEnd(hostColumns)} ${port.padEnd(10)} ${rack.padEnd(rackColumns)} ${middle}${type.padEnd(15)}\n`
  }
  const rows = brokers.map((broker) =>
    line([
      String(broker.brokerId),
      broker.host,
      String(broker.port),
      broker.rack ?? 'null',
      broker.isFenced ? 'fenced' : 'unfenced',
      wantsControllers ? 'controller' : 'broker',
    ]),
  )
  const head = line(['ID', 'HOST', 'PORT', 'RACK', 'STATE', 'ENDPOINT_TYPE'])
  await host.out([head, ...rows].join(''))
}
