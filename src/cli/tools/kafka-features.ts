// kafka-features: the feature levels of the cluster.
import type { Cluster } from '../../client/cluster.ts'
import { clientError, throwOnError } from '../../client/errors.ts'
import { runAdmin } from './admin-tool.ts'
import {
  defaultFeatures,
  dependencyText,
  levelText,
  mappingText,
  metadataLevel,
  newestRelease,
} from './metadata-versions.ts'
import type { OptionTable } from './options.ts'
import { beginCommand } from './sub-command.ts'
import { ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool manages feature flags in Kafka.'

const options = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'servers' },
  'bootstrap-controller': { text: 'The controllers; here the broker answers.', value: 'servers' },
  'command-config': { text: 'A file with properties for the client.', value: 'file' },
  'node-id': { text: 'describe: the node to ask.', value: 'id', type: 'int' },
  metadata: { text: '(Deprecated) upgrade, downgrade: the metadata version.', value: 'version' },
  'release-version': { text: 'The release whose levels are meant.', value: 'version' },
  feature: { text: 'feature=level; disable: the feature. May be repeated.', value: 'feature' },
  unsafe: { text: 'downgrade, disable: even if metadata is lost.' },
  'dry-run': { text: 'Only check.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-features', summary, options, run }

const commands = [
  'describe',
  'upgrade',
  'downgrade',
  'disable',
  'version-mapping',
  'feature-dependencies',
] as const
const upgradeTypes = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const { call, command } = beginCommand(options, args, host, {
    tool: 'kafka-features',
    summary,
    commands,
    complain: (text) => commandLineError(host, text),
  })
  const { options: given } = call
  if (command === 'version-mapping') {
    await host.out(mappingText(given.value('release-version') ?? newestRelease))
    return 0
  }
  if (command === 'feature-dependencies') {
    for (const text of given.values('feature')) {
      await host.out(dependencyText(...nameAndLevel(text)))
    }
    return given.has('feature') ? 0 : commandLineError(host, 'argument --feature is required')
  }
  const bootstrap = given.value('bootstrap-server') ?? given.value('bootstrap-controller')
  if (bootstrap === undefined) {
    return commandLineError(
      host,
      'You must specify either --bootstrap-controller or --bootstrap-server.',
    )
  }
  const config = given.value('command-config')
  return runAdmin(call, { host, bootstrap, config }, (cluster) =>
    command === 'describe' ? describe(call, cluster) : update(call, cluster, command),
  )
}

/** Without a line end, as Kafka's. */
function commandLineError(host: ToolHost, text: string): never {
  host.err(`Command line error: ${text}. Type --help for help.`)
  throw new ToolExit(1)
}

async function describe({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const [first] = await cluster.brokers()
  const id = given.number('node-id') ?? first?.id ?? -1
  if (id < 0) throw new Error(`Invalid node id ${id}: must be non-negative.`)
  const { apiVersions } = await cluster.connectionTo(id)
  const epoch = apiVersions?.finalizedFeaturesEpoch ?? -1
  const finalized = new Map(
    apiVersions?.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
  )
  const supported = [...(apiVersions?.supportedFeatures ?? [])].sort((left, right) =>
    left.name < right.name ? -1 : 1,
  )
  const columns = 15
  const nameColumns = 40
  for (const { name, minVersion, maxVersion } of supported) {
    const level = (value: number): string => levelText(name, value).padEnd(columns)
    await host.out(
      `Feature: ${name.padEnd(nameColumns)}  SupportedMinVersion: ${level(minVersion)}  SupportedMaxVersion: ${level(maxVersion)}  FinalizedVersionLevel: ${level(finalized.get(name) ?? 0)}  Epoch: ${epoch < 0 ? '-' : epoch}\n`,
    )
  }
}

async function update(
  { options: given, host }: Call,
  cluster: Cluster,
  command: 'upgrade' | 'downgrade' | 'disable',
): Promise<void> {
  const levels = await wantedLevels(given, host, command)
  if (levels.size === 0) throw new Error(`You must specify at least one feature to ${command}`)
  const downgrade = given.has('unsafe') ? 'unsafeDowngrade' : 'safeDowngrade'
  const upgradeType = upgradeTypes[command === 'upgrade' ? 'upgrade' : downgrade]
  const isDry = given.has('dry-run')
  const response = await cluster.controller('UpdateFeatures', {
    timeoutMs: cluster.config.requestTimeoutMs,
    featureUpdates: [...levels].map(([feature, maxVersionLevel]) => ({
      feature,
      maxVersionLevel,
      upgradeType,
    })),
    validateOnly: isDry,
  })
  const failures = new Map(
    response.results
      .filter(({ errorCode }) => errorCode !== 0)
      .map(({ feature, errorCode, errorMessage }) => [
        feature,
        clientError(errorCode, errorMessage).message,
      ]),
  )
  // From version 2 on the answer is one for all.
  if (response.results.length === 0 && response.errorCode !== 0) {
    const { message } = clientError(response.errorCode, response.errorMessage)
    for (const feature of levels.keys()) failures.set(feature, message)
  } else throwOnError(response.errorCode, response.errorMessage)
  for (const [feature, level] of [...levels].sort()) {
    await host.out(outcomeLine({ command, feature, level, isDry, failure: failures.get(feature) }))
  }
  if (failures.size > 0) {
    host.err(`${failures.size} out of ${levels.size} operation(s) failed.\n`)
    throw new ToolExit(1)
  }
}

function outcomeLine(outcome: {
  readonly command: string
  readonly feature: string
  readonly level: number
  readonly isDry: boolean
  readonly failure: string | undefined
}): string {
  const { command, feature, level, isDry, failure } = outcome
  if (failure !== undefined) {
    const object = command === 'disable' ? feature : `${feature} to ${level}`
    return `${isDry ? 'Can not' : 'Could not'} ${command} ${object}. ${failure}\n`
  }
  const done = command === 'disable' ? 'disabled.' : `${command}d to ${level}.`
  return `${feature} ${isDry ? 'can be' : 'was'} ${done}\n`
}

async function wantedLevels(
  given: Call['options'],
  host: ToolHost,
  command: string,
): Promise<ReadonlyMap<string, number>> {
  const levels = new Map<string, number>()
  const release = given.value('release-version')
  const metadata = given.value('metadata')
  if (release !== undefined && (metadata !== undefined || given.has('feature'))) {
    throw new Error('Can not specify `release-version` with other feature flags.')
  }
  if (metadata !== undefined) {
    await host.out(' `metadata` flag is deprecated and may be removed in a future release.\n')
  }
  const version = release ?? metadata
  if (version !== undefined) levels.set('metadata.version', metadataLevel(version))
  if (release !== undefined) {
    // An upgrade sets nothing to 0.
    for (const [name, level] of defaultFeatures(metadataLevel(release))) {
      if (command !== 'upgrade' || level > 0) levels.set(name, level)
    }
  }
  for (const text of given.values('feature')) {
    const [name, level] = command === 'disable' ? [text, 0] : nameAndLevel(text)
    if (levels.has(name)) throw new Error(`Feature ${name} was specified more than once.`)
    levels.set(name, level)
  }
  return levels
}

function nameAndLevel(text: string): [string, number] {
  const equals = text.indexOf('=')
  if (equals < 0) {
    throw new Error(`Can't parse feature=level string ${text}: equals sign not found.`)
  }
  const level = text.slice(equals + 1).trim()
  if (!/^[+-]?\d+$/.test(level)) {
    throw new Error(
      `Can't parse feature=level string ${text}: unable to parse ${level} as a short.`,
    )
  }
  return [text.slice(0, equals).trim(), Number(level)]
}
