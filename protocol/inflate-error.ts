// What a codec throws when data cannot be inflated or would become too large: one wording, one error code.
import { KafkaError } from './errors.ts'

/** Kafka has no code for data that its codec refuses: the answer is UNKNOWN_SERVER_ERROR. */
export function corruptStream(codec: string, detail: string, cause?: unknown): KafkaError {
  return new KafkaError('UNKNOWN_SERVER_ERROR', `cannot inflate ${codec} data: ${detail}`, {
    cause,
  })
}

/** A stream that inflates beyond the caller's limit; Kafka would run out of memory instead. */
export function streamTooLarge(codec: string, limitBytes: number): KafkaError {
  return new KafkaError('INVALID_RECORD', `${codec} data inflates to more than ${limitBytes} bytes`)
}

/** Translates what a zlib stream of Node throws. */
export function zlibError(codec: string, error: unknown, limitBytes: number): KafkaError {
  if (error instanceof KafkaError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_BUFFER_TOO_LARGE') return streamTooLarge(codec, limitBytes)
  return corruptStream(codec, error instanceof Error ? error.message : 'unknown', error)
}
