// Checks golden vectors: what Java encoded and decoded, our codecs must read and write byte for byte.
// The formats: one JSON object per line in *.jsonl.gz; its keys tell which of three kinds.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { messageCodecs, type MessageCodec } from '../../protocol/codecs/registry.ts'
import { messagesOf } from '../../protocol/compiler/tables.ts'
import { DecodeError } from '../../protocol/errors.ts'
import { loadDefinitions } from '../../protocol/generate.ts'
import { ExactReader } from '../../protocol/reader.ts'
import type { MessageDefinition } from '../../protocol/schema.ts'
import { ExactWriter } from '../../protocol/writer.ts'
import { checkRecordBatchLine } from './golden-record-batches.ts'
import { firstDifference, messageFromJson, messageToJson, type Json } from './golden-json.ts'

export interface GoldenFailure {
  readonly file: string
  readonly line: number
  readonly reason: string
}

export interface GoldenResult {
  readonly passed: number
  readonly failures: readonly GoldenFailure[]
}

interface Subject {
  readonly codec: MessageCodec
  readonly definition: MessageDefinition
}

/** Every `*.jsonl.gz` below `path`, or `path` itself if it is one; sorted. */
export function findVectorFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .toSorted()
    .map((name) => join(path, name))
    .flatMap((child) =>
      statSync(child).isDirectory()
        ? findVectorFiles(child)
        : child.endsWith('.jsonl.gz')
          ? [child]
          : [],
    )
}

export async function checkFiles(files: readonly string[]): Promise<GoldenResult> {
  const subjects = await loadSubjects()
  let passed = 0
  const failures: GoldenFailure[] = []
  for (const file of files) {
    const lines = linesOf(file)
    if (lines === null) failures.push({ file, line: 0, reason: 'not gzip' })
    for (const [index, line] of (lines ?? []).entries()) {
      if (line.trim() === '') continue
      const reason = await reasonOf(line, subjects)
      if (reason === null) passed += 1
      else failures.push({ file, line: index + 1, reason })
    }
  }
  return { passed, failures }
}

function linesOf(file: string): string[] | null {
  try {
    return gunzipSync(readFileSync(file)).toString('utf8').split('\n')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOENT') return null
    throw error
  }
}

/** A message, a damaged request or record batches: each kind has a key that the others lack. */
function checkLine(line: unknown, subjects: ReadonlyMap<string, Subject>) {
  if (typeof line !== 'object' || line === null) return 'not a JSON object'
  if ('batches' in line) return checkRecordBatchLine(line)
  return 'mutation' in line ? checkMutation(line, subjects) : checkMessage(line, subjects)
}

async function reasonOf(line: string, subjects: ReadonlyMap<string, Subject>) {
  try {
    return await checkLine(JSON.parse(line), subjects)
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

async function loadSubjects(): Promise<Map<string, Subject>> {
  const subjects = new Map<string, Subject>()
  for (const definition of (await loadDefinitions()).flatMap(messagesOf)) {
    const codec = messageCodecs.get(definition.name)
    if (codec !== undefined) subjects.set(definition.name, { codec, definition })
  }
  return subjects
}

interface Vector {
  readonly message: string
  readonly version: number
  readonly hex: string
  readonly json?: Json
  readonly kind?: string
  readonly error?: string | null
  readonly trailing?: number
}

function subjectOf(vector: Vector, subjects: ReadonlyMap<string, Subject>): Subject | null {
  const subject = subjects.get(vector.message)
  if (subject === undefined) return null
  const [lowest, highest] = subject.codec.versions
  return vector.version >= lowest && vector.version <= highest ? subject : null
}

function checkMessage(line: unknown, subjects: ReadonlyMap<string, Subject>): string | null {
  const vector = line as Vector
  const label = `${vector.message} v${vector.version} ${vector.kind}`
  const subject = subjectOf(vector, subjects)
  if (subject === null) return `${label}: no such message or version`
  const { codec, definition } = subject
  const reader = new ExactReader(Buffer.from(vector.hex, 'hex'))
  const decoded = messageToJson(codec.decode(reader, vector.version), definition, vector.version)
  const difference = firstDifference(decoded, vector.json)
  if (difference !== null) return `${label}: decoded ${difference}`
  if (reader.remaining > 0) return `${label}: ${reader.remaining} bytes left over`
  const writer = new ExactWriter()
  const message = messageFromJson(vector.json ?? null, definition, vector.version)
  codec.encode(writer, message, vector.version)
  const hex = writer.finishBuffer().toString('hex')
  return hex === vector.hex ? null : `${label}: encoded as ${hex.slice(0, 200)}`
}

function checkMutation(line: unknown, subjects: ReadonlyMap<string, Subject>): string | null {
  const vector = line as Vector
  const label = `${vector.message} v${vector.version}`
  const subject = subjectOf(vector, subjects)
  if (subject === null) return `${label}: no such message or version`
  const reader = new ExactReader(Buffer.from(vector.hex, 'hex'))
  let message: object
  try {
    message = subject.codec.decode(reader, vector.version)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return vector.error === null ? `${label}: refused (${error.message}), Java read it` : null
  }
  if (vector.error !== null) return `${label}: read, Java refused it (${vector.error})`
  const decoded = messageToJson(message, subject.definition, vector.version)
  const difference = firstDifference(decoded, vector.json)
  if (difference !== null) return `${label}: decoded ${difference}`
  if (reader.remaining === vector.trailing) return null
  return `${label}: ${reader.remaining} bytes left over instead of ${vector.trailing}`
}
