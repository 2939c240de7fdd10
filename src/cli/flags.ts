// What the command line asks for. Reads nothing but its arguments.
import { parseArgs } from 'node:util'
import { nearest } from '../base/nearest.ts'
import { isShell, type Shell } from './completion.ts'
import { nounVerbs, reportOfNoun, toolOfNoun } from './nouns.ts'
import type { ToolName } from './tools/index.ts'

export type Command =
  | StartCommand
  | CheckCommand
  | DevCertsCommand
  | ConfigCommand
  | DoctorCommand
  | HealthCommand
  /** One of Kafka's tools, by `ottla <noun> <verb>`. */
  | { readonly kind: 'tool'; readonly tool: ToolName; readonly args: readonly string[] }
  /** A listing or description as JSON, by `ottla <noun> <verb> --json`. */
  | { readonly kind: 'report'; readonly report: string; readonly args: readonly string[] }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  /** The command line is not understood: say why, and where help is; exit 1. */
  | { readonly kind: 'misuse'; readonly reason: string }

export interface StartCommand {
  readonly kind: 'start'
  /** The path of server.properties. */
  readonly file: string | null
  /** `key=value` each, in order. */
  readonly overrides: readonly string[]
}

/** Which configuration a command is about, as `start` takes it. */
interface Configured {
  readonly file: string | null
  readonly overrides: readonly string[]
}

/** Prints the configuration that `start` would have. */
export interface ConfigCommand extends Configured {
  readonly kind: 'config'
  readonly asJson: boolean
  /** Defaults too. */
  readonly all: boolean
  /** Also what these topics have. */
  readonly topics: readonly string[]
}

/** Looks for what is dangerous or useless in a configuration and on its machine. */
export interface DoctorCommand extends Configured {
  readonly kind: 'doctor'
  readonly asJson: boolean
}

/** Asks the broker that serves this configuration whether it answers. */
export interface HealthCommand extends Configured {
  readonly kind: 'health'
}

export interface CheckCommand {
  readonly kind: 'check'
  readonly directories: readonly string[]
  readonly asJson: boolean
}

export interface DevCertsCommand {
  readonly kind: 'dev-certs'
  readonly directory: string
  /** Further names and addresses of the server. */
  readonly hosts: readonly string[]
}

export const usage = `Usage: ottla start [server.properties] [--override key=value ...]
                   [--log-format json|text]
       ottla config [server.properties] [--override key=value ...] [--all] [--json]
                    [--topic name ...]
       ottla doctor [server.properties] [--override key=value ...] [--json]
       ottla health [server.properties] [--override key=value ...]
       ottla check DIR ... [--json]
       ottla dev-certs DIR [--host name ...]
       ottla topics|groups|share-groups|configs|acls|users|tokens|offsets|transactions|features|
             cluster VERB ... [--json]
       ottla produce|consume|share-consume TOPIC ...
       ottla completion bash|zsh|fish
       ottla --version
       ottla --help

start serves Kafka's protocol until SIGTERM or SIGINT. Without any configuration it listens on
localhost:9092 and keeps its data in ./ottla-data.

  server.properties      a configuration file with Kafka's keys
  --override key=value   sets one key; stronger than file and environment; may be repeated
  --log-format json      log and ready line as JSON, a line each (ottla.log.format);
                         text: for people, also where there is no terminal

dev-certs writes certificates for trying out TLS into DIR: an authority, the broker's, a client's,
in PEM and PKCS#12, and configurations that use them. --host adds a name to the broker's.

The environment variables of the Kafka container images work too: KAFKA_LISTENERS is listeners,
KAFKA_CFG_NUM_PARTITIONS is num.partitions.

config prints the configuration that start would have, and where each value comes from, what was
set while a broker ran included; with --all the defaults too, with --topic those of topics.

doctor says what in it is dangerous or useless on this machine, and what to do. health asks the
broker of this configuration whether it answers. Exit codes of doctor: 0 nothing found; 1 the
broker would not start, or not serve; 3 warnings. Of health: 0 it answers; 1 not.

check reads data directories (or single partitions) and changes nothing: every batch, index and
checkpoint. It says what is wrong, what the next start would do about it and which offsets are lost.

  --json                 one finding a line, then a summary, as JSON

Exit codes of check: 0 sound; 1 the next start puts it right, without losing a whole record;
2 records are lost or cannot be read; 3 a directory cannot be read.

topics, groups and so on run Kafka's command-line tools (kafka-topics, ...) against the broker
on localhost:9092: ottla topics list, ottla topics create orders --partitions 3,
ottla consume orders --from-beginning. Their flags are those of the tools; --help after the verb
lists them. With --json a listing or description is one JSON document (docs/json.md).

Exit codes: 0 stopped cleanly; 1 refused configuration or command line, or the port is taken;
2 the data directory is in use or damaged beyond repair; 70 internal error (data is recovered at
the next start); 130 a second signal did not wait for a clean stop.
`

const firstSteps = 'ottla start runs a broker, ottla topics list asks one.'
/** The commands that are no nouns. */
const ownCommands = ['start', 'config', 'doctor', 'health', 'check', 'dev-certs', 'completion']
/** Of a word that is taken for another one. */
const wrongLettersMax = 2

/** The command in `args` (without node and script). */
export function parseCommand(args: readonly string[]): Command {
  const report = reportOfNoun(args)
  if (report !== null) return { kind: 'report', ...report }
  const named = toolOfNoun(args)
  if (named === 'no-verb') {
    const verbs = nounVerbs.get(args[0] ?? '')?.verbs.join(', ')
    return { kind: 'misuse', reason: `${args[0]} takes one of these verbs: ${verbs}.` }
  }
  if (named !== null) return { kind: 'tool', ...named }
  if (args[0] === 'completion') {
    const shell = args[1] ?? ''
    return isShell(shell)
      ? { kind: 'completion', shell }
      : { kind: 'misuse', reason: 'completion takes one shell: bash, zsh or fish.' }
  }
  try {
    return readCommand(args)
  } catch (error) {
    // parseArgs throws for unknown options; its message names them, and then talks of positionals.
    if (!(error instanceof TypeError)) throw error
    return { kind: 'misuse', reason: error.message.replace(/ To specify a positional.*$/s, '') }
  }
}

function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
      override: { type: 'string', multiple: true },
      host: { type: 'string', multiple: true },
      'log-format': { type: 'string' },
      json: { type: 'boolean' },
      all: { type: 'boolean' },
      topic: { type: 'string', multiple: true },
    },
  })
  if (values.help === true) return { kind: 'help' }
  if (values.version === true) return { kind: 'version' }
  const [name, file, ...more] = positionals
  if (name === undefined) return { kind: 'misuse', reason: `There is no command. ${firstSteps}` }
  if (name === 'check') {
    const directories = file === undefined ? [] : [file, ...more]
    if (directories.length === 0) return { kind: 'misuse', reason: 'check takes a directory.' }
    return { kind: 'check', directories, asJson: values.json === true }
  }
  if (name === 'dev-certs') {
    if (file === undefined || more.length > 0) {
      return { kind: 'misuse', reason: 'dev-certs takes one directory.' }
    }
    return { kind: 'dev-certs', directory: file, hosts: values.host ?? [] }
  }
  if (!isConfigured(name)) {
    const meant = nearest(name, [...ownCommands, ...nounVerbs.keys()], wrongLettersMax)
    const hint = meant === null ? firstSteps : `Did you mean ${meant}?`
    return { kind: 'misuse', reason: `There is no command "${name}". ${hint}` }
  }
  if (more.length > 0) {
    return {
      kind: 'misuse',
      reason: `${name} takes one file, and got "${more.join(' ')}" besides.`,
    }
  }
  const format = values['log-format']
  const logFormat = format === undefined ? [] : [`ottla.log.format=${format}`]
  const configured = {
    file: file ?? null,
    overrides: [...(values.override ?? []), ...logFormat],
  }
  const asJson = values.json === true
  if (name === 'config') {
    const topics = values.topic ?? []
    return { kind: name, ...configured, asJson, all: values.all === true, topics }
  }
  if (name === 'doctor') return { kind: name, ...configured, asJson }
  return { kind: name, ...configured }
}

function isConfigured(name: string): name is 'start' | 'config' | 'doctor' | 'health' {
  return ['start', 'config', 'doctor', 'health'].includes(name)
}
