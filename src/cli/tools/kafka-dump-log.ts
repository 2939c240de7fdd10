// kafka-dump-log: what the files of a log hold, for people. Reads files only, and needs no broker.
import { basename, resolve } from 'node:path'
import { int32Max, KiB, MiB } from '../../base/units.ts'
import { diskErrorCode } from '../../io/disk.ts'
import { groupRecordTypes, shareStateTypes, transactionRecordTypes } from './coordinator-records.ts'
import {
  coordinatorDecoder,
  decoderOf,
  metadataDecoder,
  plainDecoder,
  remoteLogDecoder,
  type RecordDecoder,
} from './dump-decoders.ts'
import {
  dumpOffsetIndex,
  dumpProducers,
  dumpTimeIndex,
  dumpTransactions,
  IndexErrors,
  type IndexDump,
  type IndexMode,
} from './dump-indexes.ts'
import { dumpRecords, headLine } from './dump-records.ts'
import { mebibytesOf } from '../passing-line.ts'
import type { OptionTable } from './options.ts'
import { beginTool, messageOf } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.'

const stringDecoder = 'org.apache.kafka.tools.api.StringDecoder'

const options = {
  files: {
    text: 'REQUIRED: The files of logs and indexes to print, parted by commas.',
    value: 'file1, file2, ...',
  },
  'print-data-log': { text: 'Print keys and values too. Any decoder implies it.' },
  'deep-iteration': { text: 'Print records, not batches alone. --print-data-log implies it.' },
  'skip-record-metadata': { text: 'Leave out what is not key or value, and control records.' },
  'verify-index-only': { text: 'Check the indexes against the log without printing them.' },
  'index-sanity-check': { text: 'Check the indexes as a start does, without printing them.' },
  'max-message-size': {
    text: 'The size of the largest batch.',
    value: 'size',
    type: 'int',
    fallback: String(5 * MiB),
  },
  'max-bytes': {
    text: 'How much of each log is read.',
    value: 'size',
    type: 'int',
    fallback: String(int32Max),
  },
  'key-decoder-class': {
    text: "The decoder of the keys: one of Kafka's own.",
    value: '',
    optionalValue: true,
    fallback: stringDecoder,
  },
  'value-decoder-class': {
    text: "The decoder of the values: one of Kafka's own.",
    value: '',
    optionalValue: true,
    fallback: stringDecoder,
  },
  'offsets-decoder': { text: 'The log is one of __consumer_offsets.' },
  'transaction-log-decoder': { text: 'The log is one of __transaction_state.' },
  'cluster-metadata-decoder': { text: 'The log is __cluster_metadata, or a snapshot of it.' },
  'remote-log-metadata-decoder': { text: 'The log is one of __remote_log_metadata.' },
  'share-group-state-decoder': { text: 'The log is one of __share_group_state.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

const flushAtChars = 64 * KiB

export const tool: Tool = { name: 'kafka-dump-log', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary })
  call.require('files')
  const printer = new Printer(host)
  const dump = new Dump(call, (text) => printer.print(text))
  try {
    for (const path of call.options.required('files').split(',')) await dump.file(path)
    await printer.flush()
    host.err(dump.errors())
    return 0
  } catch (error) {
    await printer.flush()
    const isDisk = diskErrorCode(error) !== 'UNKNOWN'
    host.err(`${isDisk ? `Cannot read: ${messageOf(error)}` : messageOf(error)}\n`)
    return 1
  }
}

/** Gathers lines: a log has many. */
class Printer {
  readonly #host: ToolHost
  #text = ''

  constructor(host: ToolHost) {
    this.#host = host
  }

  async print(text: string): Promise<void> {
    this.#text += text
    if (this.#text.length >= flushAtChars) await this.flush()
  }

  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '') await this.#host.out(text)
  }
}

class Dump {
  readonly #call: Call
  readonly #print: (text: string) => Promise<void>
  readonly #decode: RecordDecoder | null
  readonly #indexErrors = new IndexErrors()
  readonly #gaps = new Map<string, [number, number][]>()

  constructor(call: Call, print: (text: string) => Promise<void>) {
    this.#call = call
    this.#print = print
    this.#decode = decoderFor(call)
  }

  async file(path: string): Promise<void> {
    await this.#print(`Dumping ${path}\n`)
    const { host, options: given } = this.#call
    const dump: IndexDump = {
      disk: host.disk,
      path,
      mode: indexMode(this.#call),
      batchBytesMax: given.numberOf('max-message-size'),
      print: this.#print,
    }
    switch (path.slice(path.lastIndexOf('.'))) {
      case '.log':
      case '.checkpoint':
        return this.#log(path)
      case '.index':
        return dumpOffsetIndex(dump, this.#indexErrors)
      case '.timeindex':
        return dumpTimeIndex(dump, this.#indexErrors)
      case '.snapshot':
        if (!(await dumpProducers(dump))) host.err(`${path} is no snapshot of producers\n`)
        return
      case '.txnindex':
        if (!(await dumpTransactions(dump))) throw new Error(`${path} is damaged`)
        return
      default:
        host.err(`Ignoring unknown file ${path}\n`)
    }
  }

  async #log(path: string): Promise<void> {
    const { host, options: given } = this.#call
    await this.#print(headLine(path))
    const file = host.disk.open(path, 'read')
    try {
      await dumpRecords(file, basename(path), {
        decode: this.#decode,
        isDeep: this.#decode !== null || given.has('deep-iteration'),
        skipsMetadata: given.has('skip-record-metadata'),
        bytesMax: given.numberOf('max-bytes'),
        print: this.#print,
        onBatch: (position, end) => {
          if (!host.isOutputSeen) host.showProgress(() => `${path}: ${mebibytesOf(position, end)}`)
        },
        gap: (offset, next) => this.#gap(resolve(path), offset, next),
      })
    } finally {
      file.close()
    }
  }

  #gap(path: string, offset: number, next: number): void {
    const gaps = this.#gaps.get(path) ?? []
    this.#gaps.set(path, gaps)
    gaps.push([offset, next])
  }

  /** What was found wrong, for stderr. */
  errors(): string {
    let text = this.#indexErrors.text()
    for (const [path, gaps] of this.#gaps) {
      text += `Non-consecutive offsets in ${path}\n`
      for (const [offset, next] of gaps) text += `  ${offset} is followed by ${next}\n`
    }
    return text
  }
}

function indexMode({ options: given }: Call): IndexMode {
  if (given.has('index-sanity-check')) return 'sanity'
  return given.has('verify-index-only') ? 'verify' : 'print'
}

/** Null: keys and values are not printed. */
function decoderFor({ options: given }: Call): RecordDecoder | null {
  if (given.has('offsets-decoder')) return coordinatorDecoder(groupRecordTypes)
  if (given.has('transaction-log-decoder')) return coordinatorDecoder(transactionRecordTypes)
  if (given.has('cluster-metadata-decoder')) return metadataDecoder
  if (given.has('remote-log-metadata-decoder')) return remoteLogDecoder
  if (given.has('share-group-state-decoder')) return coordinatorDecoder(shareStateTypes)
  const isPlain = (['print-data-log', 'value-decoder-class', 'key-decoder-class'] as const).some(
    (name) => given.has(name),
  )
  if (!isPlain) return null
  const decoder = (name: 'key-decoder-class' | 'value-decoder-class') =>
    decoderOf(given.required(name))
  return plainDecoder(decoder('key-decoder-class'), decoder('value-decoder-class'))
}
