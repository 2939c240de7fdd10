// `ottla topics list`: Kafka's tools by shorter names, for the broker on localhost:9092 unless told otherwise.
import type { ToolName } from './tools/index.ts'

interface Noun {
  readonly tool: ToolName
  /** Verb → the words that Kafka's tool wants in its place; what follows may be named without a flag. */
  readonly verbs: Readonly<Record<string, readonly string[]>>
  /** The flag of a word that stands alone: `ottla topics describe orders`. */
  readonly subject?: string
  /** The words that mean all of them, where the tool wants to be told so. */
  readonly all?: readonly string[]
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
  'share-groups': {
    tool: 'kafka-share-groups',
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
    all: ['--entity-type', 'users'],
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
  'share-consume': { tool: 'kafka-console-share-consumer', verbs: {}, subject: '--topic' },
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
  const isNamed = first !== undefined && !first.startsWith('-')
  const namesNone = !rest.some((word) => /^--(entity|user)/.test(word))
  const subject =
    noun.subject !== undefined && isNamed
      ? [noun.subject, ...rest]
      : [...(namesNone ? (noun.all ?? []) : []), ...rest]
  const hasServer = rest.some((word) => /^--bootstrap-(server|controller)(=|$)/.test(word))
  const server = hasServer ? [] : ['--bootstrap-server', defaultBootstrap]
  return { tool: noun.tool, args: [...(words ?? []), ...server, ...subject] }
}

/** `ottla <noun> <verb> … --json`: noun and verb, and what follows them; null: no noun, or no such flag. */
export function reportOfNoun(
  args: readonly string[],
): { readonly report: string; readonly args: readonly string[] } | null {
  const [name = '', verb = '', ...rest] = args
  const isNoun = Object.hasOwn(nouns, name)
  return isNoun && args.includes('--json') ? { report: `${name} ${verb}`, args: rest } : null
}

/** Every noun with its verbs and the tool behind it, for help and completion. */
export const nounVerbs: ReadonlyMap<
  string,
  { readonly tool: ToolName; readonly verbs: readonly string[] }
> = new Map(
  Object.entries(nouns).map(([name, { tool, verbs }]) => [
    name,
    { tool, verbs: Object.keys(verbs) },
  ]),
)
