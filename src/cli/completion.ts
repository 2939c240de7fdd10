// Scripts that teach a shell to complete `ottla` and Kafka's tools: `source <(ottla completion bash)`. What there is to
// complete is read from the tables of nouns, tools and reports.
import { nounVerbs } from './nouns.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

export const shells: readonly Shell[] = ['bash', 'zsh', 'fish']

export function isShell(name: string): name is Shell {
  return shells.some((shell) => shell === name)
}

/** What may follow the first word of a command line. */
export interface Completion {
  /** In second place. */
  readonly verbs: readonly string[]
  /** Anywhere: with their dashes. */
  readonly flags: readonly string[]
}

export interface CompletionWords {
  /** First word after `ottla` → what follows. */
  readonly commands: ReadonlyMap<string, Completion>
  /** Tool → its flags. */
  readonly tools: ReadonlyMap<string, readonly string[]>
}

const configured = ['--override', '--log-format']
/** The commands of `ottla` that are no nouns. */
const ownCommands: Readonly<Record<string, Completion>> = {
  start: { verbs: [], flags: configured },
  config: { verbs: [], flags: [...configured, '--all', '--json', '--topic'] },
  doctor: { verbs: [], flags: [...configured, '--json'] },
  health: { verbs: [], flags: configured },
  check: { verbs: [], flags: ['--json'] },
  'dev-certs': { verbs: [], flags: ['--host'] },
  completion: { verbs: shells, flags: [] },
}

/** Every word there is. Loads all tools. */
export async function completionWords(): Promise<CompletionWords> {
  const [{ loadTool, toolNames }, { reports }] = await Promise.all([
    import('./tools/index.ts'),
    import('./reports/table.ts'),
  ])
  const tools = new Map<string, readonly string[]>()
  for (const name of toolNames) {
    const { options } = await loadTool(name)
    tools.set(name, [...Object.keys(options), 'help', 'version'].map(withDashes))
  }
  const commands = new Map(Object.entries(ownCommands))
  for (const [noun, { tool, verbs }] of nounVerbs) {
    const hasReport = verbs.some((verb) => reports.has(`${noun} ${verb}`))
    const flags = [...(tools.get(tool) ?? []), ...(hasReport ? ['--json'] : [])]
    commands.set(noun, { verbs, flags })
  }
  return { commands, tools }
}

function withDashes(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}

/** The script for a shell. */
export function completionScript(shell: Shell, words: CompletionWords): string {
  if (shell === 'fish') return fishScript(words)
  const bridge = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''
  return `${bridge}${bashScript(words)}`
}

function bashScript({ commands, tools }: CompletionWords): string {
  const commandCases = [...commands].map(
    ([name, { verbs, flags }]) =>
      `    ${name}) verbs="${verbs.join(' ')}"; flags="${flags.join(' ')}" ;;`,
  )
  const toolCases = [...tools].map(([name, flags]) => `    ${name}) flags="${flags.join(' ')}" ;;`)
  const names = [...tools.keys()].flatMap((name) => [name, `${name}.sh`])
  return `_ottla_offer() {
  COMPREPLY=( $(compgen -W "$1" -- "\${COMP_WORDS[COMP_CWORD]}") )
}
_ottla() {
  local verbs="" flags=""
  case "\${COMP_WORDS[1]}" in
${commandCases.join('\n')}
  esac
  COMPREPLY=()
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" = 1 ]; then _ottla_offer "${[...commands.keys()].join(' ')} --help --version"
  elif [ "\${word#-}" != "$word" ]; then _ottla_offer "$flags"
  elif [ "$COMP_CWORD" = 2 ]; then _ottla_offer "$verbs"
  fi
}
_ottla_tool() {
  local flags="" tool="\${COMP_WORDS[0]##*/}" word="\${COMP_WORDS[COMP_CWORD]}"
  case "\${tool%.sh}" in
${toolCases.join('\n')}
  esac
  COMPREPLY=()
  if [ "\${word#-}" != "$word" ]; then _ottla_offer "$flags"; fi
}
complete -o default -F _ottla ottla
complete -o default -F _ottla_tool ${names.join(' ')}
`
}

function fishScript({ commands, tools }: CompletionWords): string {
  const lines = [
    `complete -c ottla -n __fish_use_subcommand -a '${[...commands.keys()].join(' ')}'`,
    ...[...commands].flatMap(([name, { verbs, flags }]) => {
      const condition = `-n '__fish_seen_subcommand_from ${name}'`
      const isSecond = 'test (count (commandline -opc)) -eq 2'
      const place = `-n '__fish_seen_subcommand_from ${name}; and ${isSecond}'`
      const offer = verbs.length === 0 ? [] : [`complete -c ottla ${place} -a '${verbs.join(' ')}'`]
      return [...offer, ...flags.map((flag) => `complete -c ottla ${condition} ${fishFlag(flag)}`)]
    }),
    ...[...tools].flatMap(([name, flags]) => [
      ...flags.map((flag) => `complete -c ${name} ${fishFlag(flag)}`),
      `complete -c ${name}.sh -w ${name}`,
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function fishFlag(flag: string): string {
  return flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
}
