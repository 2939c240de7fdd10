// The answer per item of those who would change access rules where none are kept.
import { errorCode, errorText } from '../../protocol/errors.ts'

/** `mayAlter`: the principal may change rules at all. */
export function noAuthorizer(mayAlter: boolean): { errorCode: number; errorMessage: string } {
  if (mayAlter) {
    const errorMessage = 'No Authorizer is configured.'
    return { errorCode: errorCode('SECURITY_DISABLED'), errorMessage }
  }
  const error = 'CLUSTER_AUTHORIZATION_FAILED'
  return { errorCode: errorCode(error), errorMessage: errorText(error) }
}
