// Request and response headers: which version stands before which request, and whole response frames.

import { apiNames, apis, type ApiCodec, type ApiName, type ResponseOf } from './codecs/index.ts'
import { DecodeError } from './errors.ts'
import type { Reader } from './reader.ts'
import { Writer, type Encoded, type ErrorCount } from './writer.ts'

export interface RequestHeader {
  readonly api: ApiName
  readonly apiKey: number
  /** As the client says: it may be a version that nobody serves. */
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

/**
 * Reads a request's header; the body follows. An unknown api key is a DecodeError, for nobody knows how
 * its header goes on. A version outside the codecs' range is no error here: ApiVersions must be
 * answered even then (with UNSUPPORTED_VERSION, in version 0), everything else is refused.
 */
export function decodeRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16()
  const api = apiNames[apiKey]
  if (api === undefined) throw new DecodeError('there is no API with this key')
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  // The client id keeps its int16 length in the flexible header too.
  const clientId = reader.nullableInternedString(false)
  if (requestHeaderVersion(api, apiVersion) === 2) reader.skipTaggedFields()
  return { api, apiKey, apiVersion, correlationId, clientId }
}

/** Header 2 has a tag section, 1 has none. */
export function requestHeaderVersion(api: ApiName, version: number): 1 | 2 {
  return version >= apis[api].flexibleFrom ? 2 : 1
}

/** Always 0 for ApiVersions: the client does not know yet what the broker speaks. */
export function responseHeaderVersion(api: ApiName, version: number): 0 | 1 {
  return api !== 'ApiVersions' && version >= apis[api].flexibleFrom ? 1 : 0
}

const frameWriter = new Writer()

/**
 * A whole response: size, header and body, ready to send in the order of its chunks. `errorCount` is told
 * of the error codes in it.
 */
export function encodeResponseFrame<Name extends ApiName>(
  api: Name,
  version: number,
  correlationId: number,
  body: ResponseOf<Name>,
  errorCount: ErrorCount | null = null,
): Encoded {
  const codec: ApiCodec<Name> = apis[api]
  frameWriter.beginFrame()
  frameWriter.errorCount = errorCount
  frameWriter.int32(correlationId)
  if (responseHeaderVersion(api, version) === 1) frameWriter.int8(0)
  codec.encodeResponse(frameWriter, body, version)
  return frameWriter.finishFrame()
}

const bufferWriter = new Writer()

/**
 * One message as bytes, for records and tests: `encodeToBuffer(encodeOffsetCommitValue, value, 3)`.
 * With `prefix`, an int16 stands in front: the record type of a key, the version of a value.
 */
export function encodeToBuffer<Message>(
  encode: (writer: Writer, message: Message, version: number) => void,
  message: Message,
  version: number,
  prefix?: number,
): Buffer {
  bufferWriter.reset()
  if (prefix !== undefined) bufferWriter.int16(prefix)
  encode(bufferWriter, message, version)
  return bufferWriter.finishBuffer()
}
