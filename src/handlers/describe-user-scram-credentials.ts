/**
 * DescribeUserScramCredentials (50), v0: which SCRAM mechanisms users have, and how often their
 * passwords are hashed; never the keys (KIP-554).
 * Differs from Kafka: not at all.
 */
import type {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponseInput,
} from '../../protocol/codecs/describe-user-scram-credentials.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { scramMechanismIds } from '../catalog/credentials.ts'
import type { Credentials, ScramMechanism } from '../catalog/credentials.ts'
import { duplicatesOf } from '../catalog/refusal.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

const mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const satisfies ScramMechanism[]

type Result = NonNullable<DescribeUserScramCredentialsResponseInput['results']>[number]

export const handleDescribeUserScramCredentials: Handler<
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponseInput
> = (broker, request, context) => {
  if (!broker.authorize(context, 'describe', 'cluster', clusterResource)) {
    const error = 'CLUSTER_AUTHORIZATION_FAILED'
    const message = errorText(error)
    // As Kafka: as many refusals as users were asked for, none with a name.
    const results = (request.users ?? []).map(() => refused('', error, message))
    return { throttleTimeMs: 0, errorCode: errorCode(error), errorMessage: message, results }
  }
  const { credentials } = broker.catalog.image
  const asked = request.users?.map(({ name }) => name) ?? []
  const users = asked.length > 0 ? asked : allUsers(credentials)
  const duplicates = duplicatesOf(users)
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: null,
    results: [...new Set(users)].map((user) =>
      duplicates.has(user)
        ? refused(
            user,
            'DUPLICATE_RESOURCE',
            `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`,
          )
        : describe(user, credentials),
    ),
  }
}

function allUsers(credentials: Credentials): string[] {
  return [...new Set(mechanisms.flatMap((mechanism) => [...credentials.scramUsers(mechanism)]))]
}

function describe(user: string, credentials: Credentials): Result {
  const credentialInfos = mechanisms.flatMap((mechanism) => {
    const iterations = credentials.scram(mechanism, user)?.iterations
    return iterations === undefined ? [] : [{ mechanism: scramMechanismIds[mechanism], iterations }]
  })
  if (credentialInfos.length > 0) return { user, errorCode: 0, errorMessage: null, credentialInfos }
  const message = `Attempt to describe a user credential that does not exist: ${user}`
  return refused(user, 'RESOURCE_NOT_FOUND', message)
}

function refused(user: string, error: ErrorName, errorMessage: string): Result {
  return { user, errorCode: errorCode(error), errorMessage, credentialInfos: [] }
}
