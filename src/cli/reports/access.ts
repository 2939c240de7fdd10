// Who may do what, as JSON documents: access rules, users, tokens.
import {
  allOperations,
  operationIds,
  patternTypeIds,
  permissionIds,
  resourceTypeIds,
} from '../../catalog/acl.ts'
import { scramMechanismOf } from '../../catalog/credentials.ts'
import { anyPattern, describeAcls } from '../../client/acls.ts'
import { throwOnError } from '../../client/errors.ts'
import { compareText } from '../../client/topics.ts'
import { constantOf } from '../tools/acl-arguments.ts'
import type { Report } from './report.ts'

export const aclsList: Report = {
  text: 'All access rules, by resource.',
  fields: {
    'acls[].resourceType': "what kind of resource, in Kafka's words: TOPIC, GROUP, …",
    'acls[].resourceName': 'its name, or what it begins with',
    'acls[].patternType': 'LITERAL or PREFIXED',
    'acls[].principal': 'who: type:name',
    'acls[].host': "from where; '*': from anywhere",
    'acls[].operation': 'to do what: READ, WRITE, ALL, …',
    'acls[].permission': 'ALLOW or DENY',
  },
  read: async (cluster) => ({
    acls: (await describeAcls(cluster, anyPattern)).flatMap(({ pattern, entries }) =>
      entries.map(({ principal, host, operation, permissionType }) => ({
        resourceType: constantOf(resourceTypeIds, pattern.resourceType),
        resourceName: pattern.resourceName,
        patternType: constantOf(patternTypeIds, pattern.patternType),
        principal,
        host,
        operation: constantOf({ ...operationIds, all: allOperations }, operation),
        permission: constantOf(permissionIds, permissionType),
      })),
    ),
  }),
}

const anyMatch = 2

export const usersDescribe: Report = {
  text: 'Users that have passwords (SCRAM), and quotas of users.',
  subject: 'user',
  fields: {
    'users[].name': 'the name',
    'users[].scramCredentials[].mechanism': 'SCRAM-SHA-256 or SCRAM-SHA-512',
    'users[].scramCredentials[].iterations': 'how often the password was hashed',
    'quotas[].user': "whose quota; null: every user's that has none",
    'quotas[].hasClientId': 'whether it counts for one client id only',
    'quotas[].clientId': 'that client id; null: all others, or none is meant',
    'quotas[].values[].name': 'which quota: producer_byte_rate, …',
    'quotas[].values[].value': 'its value',
  },
  read: async (cluster, { names }) => {
    const scram = await cluster.any('DescribeUserScramCredentials', {
      users: names.length === 0 ? null : names.map((name) => ({ name })),
    })
    throwOnError(scram.errorCode, scram.errorMessage)
    const quotas = await cluster.any('DescribeClientQuotas', {
      components: [{ entityType: 'user', matchType: anyMatch, match: null }],
      strict: false,
    })
    throwOnError(quotas.errorCode, quotas.errorMessage)
    return {
      users: scram.results
        .filter(({ errorCode }) => errorCode === 0)
        .map(({ user, credentialInfos }) => ({
          name: user,
          scramCredentials: credentialInfos.map(({ mechanism, iterations }) => ({
            mechanism: scramMechanismOf(mechanism) ?? 'UNKNOWN',
            iterations,
          })),
        }))
        .sort((left, right) => compareText(left.name, right.name)),
      quotas: (quotas.entries ?? [])
        .map(({ entity, values }) => {
          const client = entity.find(({ entityType }) => entityType === 'client-id')
          return {
            user: entity.find(({ entityType }) => entityType === 'user')?.entityName ?? null,
            hasClientId: client !== undefined,
            clientId: client?.entityName ?? null,
            values: values.map(({ key, value }) => ({ name: key, value })),
          }
        })
        .filter(({ user }) => names.length === 0 || (user !== null && names.includes(user))),
    }
  },
}

export const tokensDescribe: Report = {
  text: 'Delegation tokens that one may see. Their secrets (HMAC) are not shown.',
  subject: 'owner-principal',
  fields: {
    'tokens[].tokenId': 'the id',
    'tokens[].owner': 'whom it stands for: type:name',
    'tokens[].requester': 'who had it made',
    'tokens[].renewers[]': 'who may renew it besides',
    'tokens[].issuedMs': 'when it was made, ms since 1970',
    'tokens[].expiresMs': 'when it ends unless it is renewed',
    'tokens[].endsMs': 'when it ends in any case',
  },
  read: async (cluster, { names }) => {
    const owners = names.map((name) => {
      const colon = name.indexOf(':')
      return { principalType: name.slice(0, colon), principalName: name.slice(colon + 1) }
    })
    const answer = await cluster.any('DescribeDelegationToken', {
      owners: owners.length === 0 ? null : owners,
    })
    throwOnError(answer.errorCode)
    return {
      tokens: answer.tokens.map((token) => ({
        tokenId: token.tokenId,
        owner: `${token.principalType}:${token.principalName}`,
        requester: `${token.tokenRequesterPrincipalType}:${token.tokenRequesterPrincipalName}`,
        renewers: token.renewers.map(
          ({ principalType, principalName }) => `${principalType}:${principalName}`,
        ),
        issuedMs: token.issueTimestamp,
        expiresMs: token.expiryTimestamp,
        endsMs: token.maxTimestamp,
      })),
    }
  },
}
