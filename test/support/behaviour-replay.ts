// Puts the recorded questions to a running broker, in order, and reports where its answers differ from
// those of the real one.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiName } from '../../protocol/codecs/index.ts'
import type { CompressionCodec } from '../../protocol/compression.ts'
import { buildCompressedRecordBatch } from '../../protocol/records.ts'
import {
  askedFor,
  frameOf,
  shiftOf,
  type BehaviourCase,
  type Binding,
  type LetStep,
  type RecordedStep,
} from './behaviour-cases.ts'
import { AnswerComparison, type Difference } from './behaviour-compare.ts'
import { RawConnection, type Outcome } from './raw-connection.ts'
import { decodeResponseFrame, WireClient } from './wire-client.ts'

/** A difference, and where in the recording it is. */
export interface CaseDifference extends Difference {
  readonly case: string
  /** Counted from 0, sleeps and variables included. */
  readonly step: number
}

export interface ReplayOptions {
  readonly bootstrap: string
  /** Cases whose sleeps only waited for the real broker to get ready. */
  readonly withoutSleeps?: (caseName: string) => boolean
  readonly onCase?: (caseName: string, differences: readonly CaseDifference[]) => void
}

const answerMillisMax = 15_000
const silenceMillis = 1500
/** What a request on a second connection gets before the first one goes on; it may be waiting for that. */
const graceMillis = 300

/** A request that was sent, and its outcome as soon as it is known. */
interface Sent {
  readonly at: number
  readonly step: RecordedStep
  readonly api: { readonly api: ApiName; readonly version: number } | null
  readonly outcome: Promise<Outcome>
}

/** Replays all cases against one fresh broker. */
export async function replay(
  cases: readonly BehaviourCase[],
  options: ReplayOptions,
): Promise<CaseDifference[]> {
  const port = Number(options.bootstrap.slice(options.bootstrap.lastIndexOf(':') + 1))
  const comparison = new AnswerComparison(port)
  const bindings = new Map<string, Binding>()
  const shiftMs = shiftOf(cases, Date.now())
  const all: CaseDifference[] = []
  for (const one of cases) {
    await makeUnrecordedWrites(one.case, options.bootstrap, shiftMs)
    const run = new CaseRun(one, options, { comparison, bindings, shiftMs })
    const differences = await run.run()
    options.onCase?.(one.case, differences)
    all.push(...differences)
  }
  return all
}

/** What the recorded broker had been sent in between: later offsets count it. */
const unrecordedWrites: readonly {
  readonly before: string
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly codec: CompressionCodec
}[] = [
  { before: 'produce/ok-v3', topic: 't1-4qf6', partition: 1, records: 2, codec: 'none' },
  { before: 'produce/ok-v3', topic: 't1-4qf6', partition: 2, records: 1, codec: 'none' },
  {
    before: 'produce/timestamp-minus-1',
    topic: 't1-4qf6',
    partition: 2,
    records: 1,
    codec: 'zstd',
  },
  { before: 'idempotent/epochs', topic: 'idem-4qf6', partition: 0, records: 6, codec: 'none' },
]

/** When the recorded broker got the first of them: later timestamps are larger. */
const unrecordedAtMs = 1_795_220_883_083

async function makeUnrecordedWrites(
  caseName: string,
  bootstrap: string,
  shiftMs: number,
): Promise<void> {
  for (const write of unrecordedWrites.filter(({ before }) => before === caseName)) {
    const timestamp = unrecordedAtMs + shiftMs
    const records = Array.from({ length: write.records }, (_, at) => ({
      timestamp: timestamp + at,
      key: Buffer.from(`k${at}`),
      value: Buffer.from(`v${at}`),
    }))
    const batch = await buildCompressedRecordBatch({ records }, write.codec)
    const client = await WireClient.open(bootstrap)
    await client.call('Produce', 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 5000,
      topicData: [
        { name: write.topic, partitionData: [{ index: write.partition, records: batch }] },
      ],
    })
    client.end()
  }
}

interface RunState {
  readonly comparison: AnswerComparison
  /** Variables live on through the cases that follow. */
  readonly bindings: Map<string, Binding>
  readonly shiftMs: number
}

class CaseRun {
  readonly #case: BehaviourCase
  readonly #options: ReplayOptions
  readonly #state: RunState
  readonly #connections = new Map<string, RawConnection>()
  /** Every request of this case, answered or not, in sending order. */
  readonly #sent: Sent[] = []
  readonly #compared = new Map<Sent, unknown>()
  readonly #differences: CaseDifference[] = []

  constructor(one: BehaviourCase, options: ReplayOptions, state: RunState) {
    this.#case = one
    this.#options = options
    this.#state = state
  }

  async run(): Promise<CaseDifference[]> {
    try {
      for (const [at, step] of this.#case.steps.entries()) {
        if ('sleepMs' in step) {
          if (this.#options.withoutSleeps?.(this.#case.case) !== true) await sleep(step.sleepMs)
        } else if ('let' in step) {
          await this.#bind(step)
        } else {
          await this.#ask(at, step)
        }
      }
      for (const sent of this.#sent) await this.#settle(sent)
    } finally {
      for (const connection of this.#connections.values()) connection.end()
    }
    return this.#differences
  }

  async #ask(at: number, step: RecordedStep): Promise<void> {
    for (const earlier of this.#sent) {
      if (earlier.step.conn === step.conn) await this.#settle(earlier)
    }
    const connection = await this.#connection(step.conn)
    const frame = frameOf(step, this.#state.bindings, this.#state.shiftMs)
    await connection.write(frame)
    const waitMs = step.outcome === 'silent' ? silenceMillis : answerMillisMax
    const outcome = connection.next(waitMs)
    const sent: Sent = { at, step, api: askedFor(frame), outcome }
    this.#sent.push(sent)
    if (step.conn === 'main') await this.#settle(sent)
    else await Promise.race([outcome, sleep(graceMillis)])
  }

  async #connection(name: string): Promise<RawConnection> {
    const known = this.#connections.get(name)
    if (known !== undefined) return known
    const connection = await RawConnection.open(this.#options.bootstrap)
    this.#connections.set(name, connection)
    return connection
  }

  /** Waits for the outcome of a request, compares it once, and returns the decoded answer. */
  async #settle(sent: Sent): Promise<unknown> {
    if (this.#compared.has(sent)) return this.#compared.get(sent)
    this.#compared.set(sent, null)
    const outcome = await sent.outcome
    const live = typeof outcome === 'string' ? outcome : 'answer'
    if (live !== sent.step.outcome) {
      this.#report(sent, [{ path: 'outcome', recorded: sent.step.outcome, live }])
    }
    if (typeof outcome === 'string' || sent.api === null) return null
    const answer = decode(sent.api, outcome)
    this.#compared.set(sent, answer.response)
    if (sent.step.outcome !== 'answer') return answer.response
    const recorded =
      sent.step.responseHex === undefined
        ? { response: withBytes(sent.step.response, answer.response), trailingBytes: 0 }
        : decode(sent.api, Buffer.from(sent.step.responseHex, 'hex'))
    this.#report(sent, await this.#state.comparison.compare(recorded.response, answer.response))
    if (answer.trailingBytes !== recorded.trailingBytes) {
      const { trailingBytes } = answer
      const path = 'trailing bytes'
      this.#report(sent, [{ path, recorded: recorded.trailingBytes, live: trailingBytes }])
    }
    return answer.response
  }

  /** Finds the request whose recorded answer held the value, and takes it from the live one. */
  async #bind(step: LetStep): Promise<void> {
    const source = [...this.#sent]
      .reverse()
      .find((sent) => String(valueAt(sent.step.response, step.from)) === step.was)
    const was = valueAt(source?.step.response, step.from)
    if (source === undefined || !isNameable(was)) {
      throw new Error(`${this.#case.case}: no answer holds ${step.let}`)
    }
    const live = valueAt(await this.#settle(source), step.from)
    this.#state.bindings.set(step.let, { was, now: isNameable(live) ? live : was })
  }

  #report(sent: Sent, differences: readonly Difference[]): void {
    for (const difference of differences) {
      this.#differences.push({ case: this.#case.case, step: sent.at, ...difference })
    }
  }
}

function decode(
  asked: { readonly api: ApiName; readonly version: number },
  frame: Buffer,
): { response: unknown; trailingBytes: number } {
  try {
    return decodeResponseFrame(asked.api, asked.version, frame)
  } catch (error) {
    return {
      response: { undecodable: String(error), hex: frame.toString('hex') },
      trailingBytes: 0,
    }
  }
}

/** A recorded answer in JSON writes bytes as base64; only where the live one holds bytes. */
function withBytes(recorded: unknown, live: unknown): unknown {
  if (Buffer.isBuffer(live) && typeof recorded === 'string') return Buffer.from(recorded, 'base64')
  return recorded
}

function isNameable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** "topics.0.topicId" in an answer. */
function valueAt(answer: unknown, path: string): unknown {
  let value = answer
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
