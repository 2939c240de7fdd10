// kafka-delegation-tokens: creates, renews, expires and describes delegation tokens (KIP-48).
import type { Cluster } from '../../client/cluster.ts'
import { throwOnError } from '../../client/errors.ts'
import { principalOf } from './acl-arguments.ts'
import { runAdmin } from './admin-tool.ts'
import { localMinute } from './java-time.ts'
import type { OptionTable } from './options.ts'
import { beginTool } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to create, renew, expire, or describe delegation tokens.'

const options = {
  'bootstrap-server': { text: 'REQUIRED: the brokers to connect to.', value: '' },
  'command-config': {
    text: 'REQUIRED: a file with properties for the client, who must log in.',
    value: '',
  },
  create: { text: 'Create a token.' },
  renew: { text: 'Renew a token.' },
  expire: { text: 'Let a token expire.' },
  describe: { text: 'Show tokens: those of owners, or those one may see.' },
  'owner-principal': { text: 'type:name of an owner.', value: '', optionalValue: true },
  'renewer-principal': { text: 'type:name of a renewer.', value: '', optionalValue: true },
  'max-life-time-period': {
    text: "How long the token may live, ms; -1: the broker's delegation.token.max.lifetime.ms.",
    value: '',
    type: 'long',
    optionalValue: true,
  },
  'renew-time-period': {
    text: "For how long, ms; -1: the broker's delegation.token.expiry.time.ms.",
    value: '',
    type: 'long',
    optionalValue: true,
  },
  'expiry-time-period': {
    text: 'After how long, ms; -1: at once.',
    value: '',
    type: 'long',
    optionalValue: true,
  },
  hmac: { text: 'The HMAC of the token.', value: '', optionalValue: true },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-delegation-tokens', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  checkArguments(call)
  const { options: given } = call
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: given.value('command-config'),
  }
  return runAdmin(call, flags, (cluster) => {
    if (given.has('create')) return create(call, cluster)
    if (given.has('renew')) return renew(call, cluster)
    return given.has('expire') ? expire(call, cluster) : describe(call, cluster)
  })
}

function checkArguments(call: Call): void {
  const { options: given } = call
  const actions = ['create', 'renew', 'expire', 'describe'] as const
  if (actions.filter((name) => given.has(name)).length !== 1) {
    call.usage('Command must include exactly one action: --create, --renew, --expire or --describe')
  }
  call.require('bootstrap-server', 'command-config')
  if (given.has('create')) call.require('max-life-time-period')
  if (given.has('renew')) call.require('hmac', 'renew-time-period')
  if (given.has('expire')) call.require('hmac', 'expiry-time-period')
  const periods = ['max-life-time-period', 'renew-time-period', 'expiry-time-period'] as const
  const [life, renewal, expiry] = periods
  call.forbid('create', 'hmac', renewal, expiry)
  call.forbid('renew', 'renewer-principal', life, expiry, 'owner-principal')
  call.forbid('expire', 'renew', life, renewal, 'owner-principal')
  call.forbid('describe', ...periods, 'hmac')
}

interface Principal {
  readonly principalType: string
  readonly principalName: string
}

/** @throws Error in Kafka's words */
function principals(values: readonly string[]): readonly Principal[] {
  return values.map((value) => {
    const text = principalOf(value)
    const colon = text.indexOf(':')
    return { principalType: text.slice(0, colon), principalName: text.slice(colon + 1) }
  })
}

function principalText({ principalType, principalName }: Principal): string {
  return `${principalType}:${principalName}`
}

function listText(list: readonly Principal[]): string {
  return `[${list.map(principalText).join(', ')}]`
}

interface Token {
  readonly tokenId: string
  readonly hmac: Buffer
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly Principal[]
  readonly issued: number
  readonly expires: number
  readonly ends: number
}

async function create({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const renewers = principals(given.values('renewer-principal'))
  const maxLifetimeMs = given.numberOf('max-life-time-period')
  await host.out(
    `Calling create token operation with renewers :${listText(renewers)} , max-life-time-period :${maxLifetimeMs}\n`,
  )
  const [owner] = principals(given.values('owner-principal'))
  const token = await cluster.any('CreateDelegationToken', {
    ownerPrincipalType: owner?.principalType ?? null,
    ownerPrincipalName: owner?.principalName ?? null,
    renewers,
    maxLifetimeMs,
  })
  throwOnError(token.errorCode)
  await host.out(`Created delegation token with tokenId : ${token.tokenId}\n`)
  await printTokens(host, [
    {
      tokenId: token.tokenId,
      hmac: token.hmac,
      owner: principalText(token),
      requester: `${token.tokenRequesterPrincipalType}:${token.tokenRequesterPrincipalName}`,
      renewers,
      issued: token.issueTimestampMs,
      expires: token.expiryTimestampMs,
      ends: token.maxTimestampMs,
    },
  ])
}

async function renew({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const text = given.required('hmac')
  const renewPeriodMs = given.numberOf('renew-time-period')
  await host.out(
    `Calling renew token operation with hmac :${text} , renew-time-period :${renewPeriodMs}\n`,
  )
  const request = { hmac: Buffer.from(text, 'base64'), renewPeriodMs }
  const answer = await cluster.any('RenewDelegationToken', request)
  throwOnError(answer.errorCode)
  const expires = localMinute(answer.expiryTimestampMs)
  await host.out(`Completed renew operation. New expiry date : ${expires}`)
}

async function expire({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const text = given.required('hmac')
  const expiryTimePeriodMs = given.numberOf('expiry-time-period')
  await host.out(
    `Calling expire token operation with hmac :${text} , expire-time-period :${expiryTimePeriodMs}\n`,
  )
  const request = { hmac: Buffer.from(text, 'base64'), expiryTimePeriodMs }
  const answer = await cluster.any('ExpireDelegationToken', request)
  throwOnError(answer.errorCode)
  const expires = localMinute(answer.expiryTimestampMs)
  await host.out(`Completed expire operation. New expiry date : ${expires}`)
}

async function describe({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const owners = principals(given.values('owner-principal'))
  await host.out(
    owners.length === 0
      ? 'Calling describe token operation for current user.\n'
      : `Calling describe token operation for owners: ${listText(owners)}\n`,
  )
  const request = { owners: owners.length === 0 ? null : owners }
  const answer = await cluster.any('DescribeDelegationToken', request)
  throwOnError(answer.errorCode)
  await host.out(`Total number of tokens : ${answer.tokens.length}`)
  await printTokens(
    host,
    answer.tokens.map((token) => ({
      tokenId: token.tokenId,
      hmac: token.hmac,
      owner: principalText(token),
      requester: `${token.tokenRequesterPrincipalType}:${token.tokenRequesterPrincipalName}`,
      renewers: token.renewers,
      issued: token.issueTimestamp,
      expires: token.expiryTimestamp,
      ends: token.maxTimestamp,
    })),
  )
}

const columns = [15, 30, 15, 15, 25, 15, 15, 15] as const

async function printTokens({ out }: ToolHost, tokens: readonly Token[]): Promise<void> {
  const line = (cells: readonly string[]): string =>
    `\n${cells.map((cell, index) => cell.padEnd(columns[index] ?? 0)).join(' ')}\n`
  await out(
    line([
      'TOKENID',
      'HMAC',
      'OWNER',
      'REQUESTER',
      'RENEWERS',
      'ISSUEDATE',
      'EXPIRYDATE',
      'MAXDATE',
    ]),
  )
  for (const token of tokens) {
    const { tokenId, hmac, owner, requester, renewers, issued, expires, ends } = token
    const names = `[${renewers.map(principalText).join(',')}]`
    const dates = [issued, expires, ends].map(localMinute)
    await out(line([tokenId, hmac.toString('base64'), owner, requester, names, ...dates]))
  }
}
