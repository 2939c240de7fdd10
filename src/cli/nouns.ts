// `ottla topics list`: Kafka's tools by shorter names, for the broker on localhost:9092 unless told otherwise.
import type { ToolName } from './tools/index.ts'

interface Noun {
  readonly tool: ToolName
  /** Verb → the words that Kafka's tool wants in its place; what follows may be named without a flag. */
  readonly verbs: Readonly<Record<string, readonly string[]>>
  /** The flag of a word that stands alone: `ottla topics describe orders`. */
  readonly subject?: string
}

const nouns: Readonly<Record<string, Noun>> = {
  topics: {
    tool: 'kafka-topics',
    verbs: {
      list: ['--list'],
      describe: ['--describe'],
      create: ['--create'],
      alter: ['--alter'],
      delete: ['--delete'],
    },
    subject: '--topic',
  },
  groups: {
    tool: 'kafka-consumer-groups',
    verbs: {
      list: ['--list'],
      describe: ['--describe'],
      delete: ['--delete'],
      'reset-offsets': ['--reset-offsets'],
    },
    subject: '--group',
  },
  configs: {
    tool: 'kafka-configs',
    verbs: { describe: ['--describe'], alter: ['--alter'] },
    subject: '--topic',
  },
  acls: {
    tool: 'kafka-acls',
    verbs: { list: ['--list'], add: ['--add'], remove: ['--remove'] },
    subject: '--topic',
  },
  offsets: { tool: 'kafka-get-offsets', verbs: { get: [] }, subject: '--topic' },
  transactions: { tool: 'kafka-transactions', verbs: { list: ['list'], describe: ['describe'] } },
  users: {
    tool: 'kafka-configs',
    verbs: { describe: ['--describe'], alter: ['--alter'] },
    subject: '--user',
  },
  tokens: {
    tool: 'kafka-delegation-tokens',
    verbs: {
      create: ['--create'],
      describe: ['--describe'],
      renew: ['--renew'],
      expire: ['--expire'],
    },
  },
  features: { tool: 'kafka-features', verbs: { describe: ['describe'] } },
  cluster: { tool: 'kafka-cluster', verbs: { id: ['cluster-id'], endpoints: ['list-endpoints'] } },
  produce: { tool: 'kafka-console-producer', verbs: {}, subject: '--topic' },
  consume: { tool: 'kafka-console-consumer', verbs: {}, subject: '--topic' },
}

const defaultBootstrap = 'localhost:9092'

/** The tool and its arguments behind `ottla <noun> <verb> …`; null: the first word is no noun. */
export function toolOfNoun(
  args: readonly string[],
): { readonly tool: ToolName; readonly args: readonly string[] } | 'no-verb' | null {
  const [name = '', ...rest] = args
  const noun = Object.hasOwn(nouns, name) ? nouns[name] : undefined
  if (noun === undefined) return null
  const hasVerbs = Object.keys(noun.verbs).length > 0
  const verb = hasVerbs ? (rest.shift() ?? '') : ''
  const words = Object.hasOwn(noun.verbs, verb) ? noun.verbs[verb] : undefined
  if (hasVerbs && words === undefined) return 'no-verb'
  const [first] = rest
  const subject =
    noun.subject !== undefined && first !== undefined && !first.startsWith('-')
      ? [noun.subject, ...rest]
      : rest
  const hasServer = rest.some((word) => /^--bootstrap-(server|controller)(=|$)/.test(word))
  const server = hasServer ? [] : ['--bootstrap-server', defaultBootstrap]
  return { tool: noun.tool, args: [...(words ?? []), ...server, ...subject] }
}

/** Every noun with its verbs, for help and completion. */
export const nounVerbs: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(nouns).map(([name, { verbs }]) => [name, Object.keys(verbs)]),
)

export type Shell = 'bash' | 'zsh' | 'fish'

export function isShell(name: string): name is Shell {
  return name === 'bash' || name === 'zsh' || name === 'fish'
}

/** A script that teaches the shell to complete `ottla`: `source <(ottla completion bash)`. */
export function completionScript(shell: Shell): string {
  const words = [
    'start',
    'config',
    'doctor',
    'health',
    'check',
    'dev-certs',
    'completion',
    ...nounVerbs.keys(),
  ].join(' ')
  const withVerbs = [...nounVerbs].filter(([, verbs]) => verbs.length > 0)
  if (shell === 'fish') {
    const lines = withVerbs.map(
      ([noun, verbs]) =>
        `complete -c ottla -n '__fish_seen_subcommand_from ${noun}' -a '${verbs.join(' ')}'`,
    )
    return `complete -c ottla -n __fish_use_subcommand -a '${words}'\n${lines.join('\n')}\n`
  }
  const cases = withVerbs.map(([noun, verbs]) => `    ${noun}) words="${verbs.join(' ')}" ;;`)
  const compatibility = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''
  return `${compatibility}_ottla() {
  local words=""
  case "\${COMP_CWORD}:\${COMP_WORDS[1]}" in
    1:*) words="${words}" ;;
  esac
  [ "\${COMP_CWORD}" = 2 ] && case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    completion) words="bash zsh fish" ;;
  esac
  COMPREPLY=( $(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}") )
}
complete -o default -F _ottla ottla
`
}
