/**
 * SaslHandshake (17), v0-1: names the mechanism of an authentication. Every listener is PLAINTEXT
 * so far, where the handshake is out of place.
 * v1 SaslAuthenticate follows (KIP-152). Differs from Kafka: not at all.
 */
import type {
  SaslHandshakeRequest,
  SaslHandshakeResponseInput,
} from '../../protocol/codecs/sasl-handshake.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

export const handleSaslHandshake: Handler<
  SaslHandshakeRequest,
  SaslHandshakeResponseInput
> = () => ({ errorCode: errorCode('ILLEGAL_SASL_STATE'), mechanisms: [] })
