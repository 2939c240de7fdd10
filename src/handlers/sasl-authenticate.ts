/**
 * SaslAuthenticate (36), v0-2: one step of an authentication. Every listener is PLAINTEXT so far,
 * where it is out of place.
 * v1 session lifetime (KIP-368) · v2 flexible. Differs from Kafka: not at all.
 */
import type {
  SaslAuthenticateRequest,
  SaslAuthenticateResponseInput,
} from '../../protocol/codecs/sasl-authenticate.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

export const handleSaslAuthenticate: Handler<
  SaslAuthenticateRequest,
  SaslAuthenticateResponseInput
> = () => ({
  errorCode: errorCode('ILLEGAL_SASL_STATE'),
  errorMessage: 'SaslAuthenticate request received after successful authentication',
  authBytes: Buffer.alloc(0),
  sessionLifetimeMs: 0,
})
