// What every tool is made of: flags, a run that writes to a host, and the ways in which it may end.
import { clientConfig, ClientConfigRefused, propertiesOf } from '../../client/client-config.ts'
import type { ClientSecurity } from '../../client/client-security.ts'
import { Cluster } from '../../client/cluster.ts'
import type { ConnectionSecurity } from '../../client/secure-connection.ts'
import type { Clock } from '../../io/clock.ts'
import type { Disk } from '../../io/disk.ts'
import type { Random } from '../../io/random.ts'
import { commonOptions, Options, OptionsRefused, parseOptions, usageOf } from './options.ts'
import type { OptionTable } from './options.ts'

/** The process, as a tool sees it. */
export interface ToolHost {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  /** Resolves when the reader can take more. */
  readonly out: (text: string | Buffer) => Promise<void>
  readonly err: (text: string) => void
  /** The bytes of standard input. */
  readonly input: AsyncIterable<Buffer>
  /** Somebody types there, and wants a prompt. */
  readonly isInteractive: boolean
  /** What the tool prints is seen as it comes. */
  readonly isOutputSeen: boolean
  /** Says on a terminal how far something long has come, until there is more to say. */
  readonly showProgress: (text: () => string) => void
  /** Calls back at SIGINT or SIGTERM, instead of ending. */
  readonly onInterrupt: (run: (signal: 'SIGINT' | 'SIGTERM') => void) => void
  /** Ends the process now. */
  readonly exit: (code: number) => void
}

/** A tool of Kafka's, under its name without `.sh`. */
export interface Tool {
  readonly name: string
  /** What it does, in one sentence: the first line of its usage. */
  readonly summary: string
  readonly options: OptionTable
  /** Does it, and says with which exit code the process ends. */
  readonly run: (args: readonly string[], host: ToolHost) => Promise<number>
}

/** The tool has said all there is to say and ends. */
export class ToolExit extends Error {
  override readonly name = 'ToolExit'
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

/** What was asked makes no sense: the message is shown above the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The version of Apache Kafka whose tools these are modelled on: what --version prints. */
export const kafkaVersion = '4.3.1'

/** A command line of a tool, with the checks that Kafka's tools share. */
export class ToolCall<Name extends string> {
  readonly options: Options<Name>
  readonly host: ToolHost
  readonly #table: OptionTable

  constructor(
    table: Readonly<Record<Name, OptionTable[string]>>,
    options: Options<Name>,
    host: ToolHost,
  ) {
    this.#table = table
    this.options = options
    this.host = host
  }

  /** Complains, prints the usage and ends with exit code 1. */
  usage(message: string): never {
    this.host.err(`${message}\n${usageOf(this.#table)}`)
    throw new ToolExit(1)
  }

  /** Ends unless all of these flags are there. */
  require(...names: readonly Name[]): void {
    for (const name of names) {
      if (!this.options.has(name)) this.usage(`Missing required argument "${quoted(name)}"`)
    }
  }

  /** Ends when one of `others` stands beside `used`. */
  forbid(used: Name, ...others: readonly Name[]): void {
    if (!this.options.has(used)) return
    for (const other of others) {
      if (this.options.has(other)) {
        this.usage(`Option "${quoted(used)}" can't be used with option "${quoted(other)}"`)
      }
    }
  }

  /** Ends when two of these flags are there. */
  forbidTogether(names: readonly Name[]): void {
    for (const name of names) this.forbid(name, ...names.filter((other) => other !== name))
  }

  /** Ends unless exactly one of these flags is there. */
  requireOneOf(...names: readonly Name[]): void {
    if (names.filter((name) => this.options.has(name)).length === 1) return
    const list = names.map(quoted).join(', ')
    this.usage(`Exactly one of the following arguments is required: ${list}`)
  }
}

/** A flag as joptsimple names it in messages. */
export function quoted(name: string): string {
  return `[${name}]`
}

export interface ParseRules {
  /** What --help says first. */
  readonly summary: string
  /**
   * How a wrong flag is answered: with the usage, or as Java's tools that do not catch the exception do, with the
   * bare message.
   */
  readonly onRefusal?: 'usage' | 'message'
  /** --help is an answer on standard output with exit code 0, and no complaint. */
  readonly helpSucceeds?: boolean
}

/** Parses, and answers --help, --version and an empty command line. @throws ToolExit */
export function beginTool<Name extends string>(
  table: Readonly<Record<Name, OptionTable[string]>>,
  args: readonly string[],
  host: ToolHost,
  rules: ParseRules,
): ToolCall<Name | 'help' | 'version'> {
  const full = { ...table, ...commonOptions }
  let options: Options<Name | 'help' | 'version'>
  try {
    options = parseOptions(full, args)
  } catch (error) {
    if (!(error instanceof OptionsRefused)) throw error
    host.err(`${error.message}\n`)
    if (rules.onRefusal !== 'message') host.err(usageOf(full))
    throw new ToolExit(1)
  }
  if (args.length === 0 || options.has('help')) {
    const text = `${rules.summary}\n${usageOf(full)}`
    if (rules.helpSucceeds === true) {
      void host.out(text)
      throw new ToolExit(0)
    }
    host.err(text)
    throw new ToolExit(1)
  }
  if (options.has('version')) {
    void host.out(`${kafkaVersion}\n`)
    throw new ToolExit(0)
  }
  return new ToolCall(full, options, host)
}

/** The properties of the file that a flag names, none without the flag. @throws Error when it cannot be read */
export function readPropertiesFile(host: ToolHost, path: string | undefined): Map<string, string> {
  return path === undefined ? new Map() : propertiesOf(readTextFile(host, path))
}

/** The file of --command-config, or of its deprecated name, of which it warns. */
export async function configFileOf<Deprecated extends string>(
  { options: given, host }: ToolCall<Deprecated | 'command-config'>,
  deprecated: Deprecated,
): Promise<string | undefined> {
  if (given.has(deprecated)) {
    await host.out(
      `Option --${deprecated} has been deprecated and will be removed in a future version. Use --command-config instead.\n`,
    )
  }
  return given.value(deprecated) ?? given.value('command-config')
}

/** A file that a flag names, as text. @throws Error in Kafka's words when it cannot be read */
export function readTextFile(host: ToolHost, path: string): string {
  try {
    return host.disk.readFile(path).toString('utf8')
  } catch (error) {
    throw new Error(`Unable to read file ${path}`, { cause: error })
  }
}

/** `key=value` each; a key without a value has an empty one. */
export function keyValues(args: readonly string[]): Map<string, string> {
  return new Map(
    args.map((arg) => {
      const equals = arg.indexOf('=')
      return equals < 0 ? [arg, ''] : [arg.slice(0, equals), arg.slice(equals + 1)]
    }),
  )
}

export interface ClusterRequest {
  readonly bootstrap: string
  readonly properties?: ReadonlyMap<string, string>
  readonly clientId?: string
  /** `--timeout`, ms. */
  readonly apiTimeoutMs?: number
}

/** Runs `use` with a cluster that is closed afterwards. */
export async function withCluster<Result>(
  host: ToolHost,
  request: ClusterRequest,
  use: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const properties = new Map(request.properties)
  properties.set('bootstrap.servers', request.bootstrap)
  const config = clientConfig(properties, { clientId: request.clientId ?? 'adminclient-1' })
  const { apiTimeoutMs = config.apiTimeoutMs } = request
  const security = config.security === null ? null : await securityFor(host, config.security)
  const cluster = new Cluster({
    ...(security === null ? {} : { security }),
    config: { ...config, apiTimeoutMs },
    clock: host.clock,
    warn: (line) => host.err(`${line}\n`),
  })
  try {
    return await use(cluster)
  } finally {
    await cluster.close()
  }
}

async function securityFor(host: ToolHost, security: ClientSecurity): Promise<ConnectionSecurity> {
  const { connectionSecurity } = await import('../../client/secure-connection.ts')
  const readFile = (path: string): Buffer => host.disk.readFile(path)
  return connectionSecurity(security, { clock: host.clock, random: host.random, readFile })
}

/** Says why the tool failed: exit code 1. @throws ToolExit when it has said all there is to say */
export function failureCode({ err }: ToolHost, failure: unknown): number {
  if (failure instanceof ToolExit) throw failure
  err(`${javaText(failure)}\n`)
  return 1
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** An error as Java prints it: class and message. */
export function javaText(error: unknown): string {
  if (error instanceof ClientConfigRefused) {
    return `org.apache.kafka.common.config.ConfigException: ${error.message}`
  }
  return error instanceof Error && error.toString !== Error.prototype.toString
    ? error.toString()
    : messageOf(error)
}
