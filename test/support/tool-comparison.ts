// A tool of ours and the same of Apache Kafka's are given the same command line, each at a fresh broker; what they
// print and how they end is compared but for what cannot be the same.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newDataDirectory } from './broker.ts'
import { isKafkaToolName, type KafkaTools } from './kafka-tools.ts'
import { runTool, type ToolRun } from './tool-host.ts'
import { answeredOtherwise, scenarioFiles, type ToolStep } from './tool-scenario.ts'

/** A fresh broker that one side's tools are run against. */
export interface Side {
  readonly bootstrap: string
  /** The listener where alice logs in. */
  readonly sasl: string
  /** Where the broker keeps its data. */
  readonly dataDir: string
  /** DIR in command lines. */
  readonly files: string
}

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

const stepMsMax = 20_000

/** What is never the same twice, and what stands in its place. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b(127\.0\.0\.1|localhost)(:| +)\d+/g, 'HOST:PORT'],
  [/(TopicId: |Cluster ID: |ClusterId: +|"directoryId": "|tokenId : )[\w-]{22}/g, '$1ID'],
  [/^\d+( +\t)[\w-]{22}(\t)(\d+ +\t){2}[^\n]*(\tLeader)/gm, 'NODE$1ID$2OFFSETS AND TIMES$4'],
  [/^[\w-]{22} [\w+/=]{88} /gm, 'TOKENID HMAC '],
  [/(Epoch: |HighWatermark: +)\d+$/gm, '$1N'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, 'TIME'],
  [/(CreateTime:)\d{13}/g, '$1TIME'],
]

/** A directory with the scenario's files, which disappears with the process. */
export function newScenarioDirectory(): string {
  const directory = newDataDirectory()
  for (const [name, text] of Object.entries(scenarioFiles)) {
    writeFileSync(join(directory, name), text)
  }
  return directory
}

/** Runs a step on both sides at once: what is left to compare of each. */
export async function runBoth(
  { line, input = '', outputTo }: ToolStep,
  kafka: KafkaTools,
  sides: { readonly ours: Side; readonly theirs: Side },
): Promise<{ readonly ours: Partial<Outcome>; readonly theirs: Partial<Outcome> }> {
  const isUnordered = line.startsWith('~ ')
  const command = line.replace(/^~ /, '')
  const words = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''))
  const [tool = '', ...rest] = words
  if (!isKafkaToolName(tool)) throw new Error(`there is no tool for "${command}"`)
  const late = new AbortController()
  const [ours, theirs] = await Promise.race([
    Promise.all([
      runTool(tool, argumentsFor(sides.ours, rest), input),
      kafka.run(tool, argumentsFor(sides.theirs, rest), input),
    ]),
    sleep(stepMsMax, undefined, { signal: late.signal }).then((): never => {
      throw new Error(`"${command}" does not end`)
    }),
  ]).finally(() => late.abort())
  if (outputTo !== undefined) {
    writeFileSync(join(sides.ours.files, outputTo), ours.out)
    writeFileSync(join(sides.theirs.files, outputTo), theirs.out)
  }
  const compared = (run: ToolRun, side: Side): Partial<Outcome> => {
    if (answeredOtherwise[command] !== undefined) return { code: run.code }
    const outcome = comparable(run, side)
    return isUnordered ? inAnyOrder(outcome) : outcome
  }
  return { ours: compared(ours, sides.ours), theirs: compared(theirs, sides.theirs) }
}

function argumentsFor(side: Side, words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (word === '@') return ['--bootstrap-server', side.bootstrap]
    if (word === '@sasl') return ['--bootstrap-server', side.sasl]
    return [word.replace(/^DIR\//, `${side.files}/`)]
  })
}

function comparable({ code, out, err }: ToolRun, side: Side): Outcome {
  const plain = (text: string): string => {
    const named = text.replaceAll(side.files, 'DIR').replaceAll(side.dataDir, 'DATA')
    return varying.reduce((rest, [pattern, name]) => rest.replace(pattern, name), named)
  }
  const printed = out.replace(/^\S+Exception: .*\n(?=\s+at )/gm, '').trimEnd()
  return { code, out: plain(withoutJava(printed)), err: messageIn(plain(withoutJava(err))) }
}

function inAnyOrder({ code, out, err }: Outcome): Outcome {
  const words = (text: string): string =>
    text
      .trim()
      .split(/[\s,[\]]+/)
      .sort()
      .join(' ')
  return { code, out: words(out), err: words(err) }
}

/** Text without stack traces and the names of Java's exceptions and of the tools' own. */
function withoutJava(text: string): string {
  return text
    .replace(/^(Caused by: .*|\s+at .*|\s+\.\.\. \d+ more|\s+Suppressed: .*)(\n|$)/gm, '')
    .replace(/\b(java|joptsimple|com|org\.apache\.kafka\.(tools|server))\.[\w.$]+Exception: /g, '')
    .replace(/\borg\.apache\.kafka\.common\.(KafkaException|config\.ConfigException): /g, '')
    .replace(/\borg\.apache\.kafka\.common\.errors\.InvalidConfigurationException: /g, '')
}

/**
 * What standard error says beside how a tool is used; once, as Kafka's tools say some things twice, also with the
 * exception behind it.
 */
function messageIn(text: string): string {
  const complaint = /^[\w.-]+: error: (.*)$/m.exec(text)?.[1]
  if (complaint !== undefined) return complaint
  const usage = text.search(/^(Option |usage: )/m)
  const lines = (usage < 0 ? text : text.slice(0, usage)).split('\n')
  const said = new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))
  return [...said].filter((line) => !said.has(`ERROR: ${line}`)).join('\n')
}
