// The public face of protocol/, published as "ottla/protocol". Single messages are imported from
// protocol/codecs, one file per API.

export { apiNames, apis } from './codecs/index.ts'
export type { ApiCodec, ApiName, ApiTypes, RequestOf, ResponseOf } from './codecs/index.ts'
export { DecodeError, KafkaError, errorCode, errorName, errorText, errors } from './errors.ts'
export type { ErrorFacts, ErrorName } from './errors.ts'
export {
  decodeRequestHeader,
  encodeResponseFrame,
  encodeToBuffer,
  requestHeaderVersion,
  responseHeaderVersion,
} from './header.ts'
export type { RequestHeader } from './header.ts'
export { ExactReader, Reader } from './reader.ts'
export { ExactWriter, Writer } from './writer.ts'
export type { Encoded, Records, RecordsSource } from './writer.ts'
