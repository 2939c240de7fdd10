// Authorization of what clients log in with: SCRAM credentials (KIP-554) and delegation tokens (KIP-48).
import { ask, cluster } from './authorization-case.ts'
import type { AuthorizationCase, Right } from './authorization-case.ts'

const owner = { ownerPrincipalType: 'User', ownerPrincipalName: 'bob' }
const anHour = { renewers: [], maxLifetimeMs: 3_600_000 }

const onUser = (operation: Right['operation'], name: string) => (): Right => ({
  type: 'user',
  operation,
  name,
})
const onTokens = (operation: Right['operation']) => (): Right => ({
  type: 'delegation-token',
  operation,
  name: '*',
})

export const credentialCases: readonly AuthorizationCase[] = [
  ask(
    'describe scram credentials',
    ['DescribeUserScramCredentials', 0],
    [cluster('describe'), cluster('alter')],
    () => ({ users: [{ name: 'nobody' }] }),
  ),
  ask(
    'describe all scram credentials',
    ['DescribeUserScramCredentials', 0],
    [cluster('describe')],
    // Of null Apache Kafka makes a failure of its own, and no answer, where the right is missing.
    () => ({ users: [] }),
  ),
  ask(
    'alter scram credentials',
    ['AlterUserScramCredentials', 0],
    [cluster('alter'), cluster('describe')],
    () => ({ deletions: [{ name: 'nobody', mechanism: 1 }], upsertions: [] }),
  ),
  ask('create a token', ['CreateDelegationToken', 3], [], () => anHour),
  ask(
    'create a token of somebody else',
    ['CreateDelegationToken', 3],
    [onUser('create-tokens', 'User:bob'), onUser('describe-tokens', 'User:bob')],
    () => ({ ...owner, ...anHour }),
  ),
  ask(
    'describe tokens',
    ['DescribeDelegationToken', 3],
    [onTokens('describe'), onUser('describe-tokens', 'User:carol')],
    () => ({ owners: null }),
  ),
  ask(
    'describe tokens of somebody else',
    ['DescribeDelegationToken', 3],
    [onTokens('describe'), onUser('describe-tokens', 'User:carol')],
    () => ({ owners: [{ principalType: 'User', principalName: 'carol' }] }),
  ),
]
