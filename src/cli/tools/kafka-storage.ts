// kafka-storage: formats data directories before the first start, and says how they are formatted. The broker does
// without: it formats what it finds empty.
import { join, resolve } from 'node:path'
import { brokerConfig, type BrokerConfig } from '../../config/broker-config.ts'
import { ConfigRefused } from '../../config/refused.ts'
import { provide } from '../../config/sources.ts'
import { randomKafkaUuid } from '../../io/random.ts'
import { decodeMetaProperties, metaPropertiesFile } from '../../log/checkpoint.ts'
import { dependencyText, mappingText, newestRelease } from './metadata-versions.ts'
import type { OptionTable } from './options.ts'
import { formatDirectories, FormatRefused } from './storage-format.ts'
import { beginCommand } from './sub-command.ts'
import { ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'The Kafka storage tool.'

const options = {
  config: { text: 'info, format: the server.properties.', value: 'CONFIG', short: 'c' },
  'cluster-id': { text: 'format: the id of the cluster.', value: 'CLUSTER_ID', short: 't' },
  'add-scram': {
    text: 'format: a user, SCRAM-SHA-256=[name=alice,password=alice-secret]. May be repeated.',
    value: 'ADD_SCRAM',
    short: 'S',
  },
  'ignore-formatted': { text: 'format: pass over what is formatted.', short: 'g' },
  'release-version': {
    text: 'format, version-mapping: the release whose feature levels are meant.',
    value: 'RELEASE_VERSION',
    short: 'r',
  },
  feature: {
    text: 'format, feature-dependencies: feature=level. May be repeated.',
    value: 'FEATURE',
    short: 'f',
  },
  standalone: { text: 'format: the log names this node as its only voter.', short: 's' },
  'no-initial-controllers': { text: 'format: the log will name its voters.', short: 'N' },
  'initial-controllers': {
    text: 'format: the voters, id@host:port:directory. Here: this node alone.',
    value: 'INITIAL_CONTROLLERS',
    short: 'I',
  },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

const commands = [
  'info',
  'format',
  'version-mapping',
  'feature-dependencies',
  'random-uuid',
] as const

export const tool: Tool = { name: 'kafka-storage', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const { call, command } = beginCommand(options, args, host, {
    tool: 'kafka-storage',
    summary,
    commands,
  })
  try {
    switch (command) {
      case 'random-uuid':
        await host.out(`${randomKafkaUuid(host.random)}\n`)
        return 0
      case 'info':
        return await info(host, configOf(call))
      case 'format':
        return await format(call)
      case 'version-mapping':
        return await versionMapping(call)
      case 'feature-dependencies':
        return await featureDependencies(call)
    }
  } catch (error) {
    if (error instanceof ToolExit) throw error
    if (!(error instanceof FormatRefused || error instanceof ConfigRefused)) throw error
    host.err(`${error.message}\n`)
    return 1
  }
}

/** What says where data lies and whose it is. How clients are served may be settled after. */
const ownKeys: readonly string[] = [
  'node.id',
  'broker.id',
  'log.dir',
  'log.dirs',
  'metadata.log.dir',
]

/** The server.properties of `--config`, as far as it is the tool's business. @throws ConfigRefused */
function configOf(call: Call): BrokerConfig {
  const { options: given, host } = call
  const path = given.value('config')
  if (path === undefined) call.usage('kafka-storage: error: argument --config/-c is required')
  const text = host.disk.readFile(path).toString('utf8')
  const provided = provide({ file: { path, text }, environment: {}, overrides: [] })
  return brokerConfig(new Map([...provided].filter(([key]) => ownKeys.includes(key))))
}

function directoriesOf({ logDirs, metadataLogDir }: BrokerConfig): readonly string[] {
  const own = metadataLogDir === null ? [] : [metadataLogDir]
  return [...new Set([...logDirs, ...own])].sort()
}

async function format(call: Call): Promise<number> {
  const { options: given, host } = call
  const config = configOf(call)
  const clusterId = given.value('cluster-id')
  if (clusterId === undefined) {
    return call.usage('kafka-storage: error: argument --cluster-id/-t is required')
  }
  const voters = (['standalone', 'no-initial-controllers', 'initial-controllers'] as const).filter(
    (name) => given.has(name),
  )
  if (voters.length > 1) {
    return call.usage(
      `kafka-storage: error: argument --${voters[1]}: not allowed with argument --${voters[0]}`,
    )
  }
  checkControllers(given.value('initial-controllers'), config.nodeId)
  const [first = ''] = config.logDirs
  await formatDirectories(
    {
      clusterId,
      nodeId: config.nodeId,
      directories: directoriesOf(config),
      metadataDirectory: config.metadataLogDir ?? first,
      release: given.value('release-version'),
      features: given.values('feature'),
      scram: given.values('add-scram'),
      ignoreFormatted: given.has('ignore-formatted'),
      voters: given.has('standalone') || given.has('initial-controllers') ? 'this-node' : null,
    },
    host,
  )
  return 0
}

/** One node is what there is. @throws FormatRefused for other controllers */
function checkControllers(list: string | undefined, nodeId: number): void {
  if (list === undefined) return
  const ids = list.split(',').map((voter) => Number(voter.split('@')[0]))
  if (ids.length !== 1 || ids[0] !== nodeId) {
    throw new FormatRefused(
      `--initial-controllers: this broker is its only controller: give ${nodeId}@host:port:directory`,
    )
  }
}

async function info({ disk, out }: ToolHost, config: BrokerConfig): Promise<number> {
  const found: string[] = []
  const problems: string[] = []
  let first: { readonly clusterId: string; readonly nodeId: number } | null = null
  let metadata = ''
  for (const path of directoriesOf(config).map((each) => resolve(each))) {
    if (!disk.isDirectory(path)) {
      problems.push(`${path} ${disk.exists(path) ? 'is not a directory' : 'does not exist'}`)
      continue
    }
    found.push(path)
    const metaPath = join(path, metaPropertiesFile)
    const meta = disk.exists(metaPath) ? decodeMetaProperties(disk.readFile(metaPath)) : null
    if (meta === null) problems.push(`${path} is not formatted.`)
    else if (meta === undefined) problems.push(`Error loading ${metaPath}: it is damaged`)
    else if (first === null) {
      first = meta
      const { clusterId, nodeId, directoryId } = meta
      const directory = directoryId === null ? '' : `directory.id=${directoryId}, `
      metadata = `{cluster.id=${clusterId}, ${directory}node.id=${nodeId}, version=1}`
    } else if (first.clusterId !== meta.clusterId) {
      problems.push('Mismatched cluster IDs between storage directories.')
    } else if (first.nodeId !== meta.nodeId) {
      problems.push('Mismatched node IDs between storage directories.')
    }
  }
  const listed = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}\n`
  await out(listed(found.length === 1 ? 'Found log directory' : 'Found log directories', found))
  if (metadata !== '') await out(`Found metadata: ${metadata}\n\n`)
  await out(listed(problems.length === 1 ? 'Found problem' : 'Found problems', problems))
  return problems.length === 0 ? 0 : 1
}

async function versionMapping({ options: given, host }: Call): Promise<number> {
  await host.out(mappingText(given.value('release-version') ?? newestRelease))
  return 0
}

async function featureDependencies(call: Call): Promise<number> {
  const { options: given, host } = call
  if (!given.has('feature')) {
    call.usage('kafka-storage: error: argument --feature/-f is required')
  }
  for (const text of given.values('feature')) {
    const [name = '', value = ''] = text.split('=')
    if (!/^-?\d+$/.test(value)) {
      throw new FormatRefused(`Invalid version format: ${value} for feature ${name}`)
    }
    await host.out(dependencyText(name, Number(value)))
  }
  return 0
}
