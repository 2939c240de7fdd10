/**
 * AlterUserScramCredentials (51), v0: sets and deletes SCRAM credentials (KIP-554). The client has
 * salted the password; what is kept cannot be turned back into it.
 * Differs from Kafka: not at all.
 */
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponseInput,
} from '../../protocol/codecs/alter-user-scram-credentials.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import { planScramChanges } from '../catalog/scram-control.ts'
import type { ScramRules } from '../catalog/scram-control.ts'
import { credentialOfSalted, iterationsMax, iterationsMin } from '../security/scram-keys.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

const rules: ScramRules = {
  iterationsMin,
  iterationsMax,
  credentialOf: (mechanism, { saltedPassword, salt, iterations }) =>
    credentialOfSalted(mechanism, saltedPassword, { salt, iterations }),
}

export const handleAlterUserScramCredentials: Handler<
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponseInput
> = (broker, request, context) => {
  if (!broker.authorize(context, 'alter', 'cluster', clusterResource)) {
    const error = 'CLUSTER_AUTHORIZATION_FAILED'
    const names = [...request.deletions, ...request.upsertions].map(({ name }) => name)
    const refused = { errorCode: errorCode(error), errorMessage: errorText(error) }
    return {
      throttleTimeMs: 0,
      results: [...new Set(names)].map((user) => ({ user, ...refused })),
    }
  }
  const planned = broker.catalog.change((image) => {
    const { records, results } = planScramChanges(image.credentials, request, rules)
    return { records, answer: results }
  })
  return chain(planned, (results) => ({
    throttleTimeMs: 0,
    results: results.map(({ user, refusal }) => ({
      user,
      errorCode: errorCode(refusal?.error ?? 'NONE'),
      errorMessage: refusal?.message ?? null,
    })),
  }))
}
