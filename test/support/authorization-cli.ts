// npm run authorization -- --admin host:port --user host:port [--record]: asks the authorization
// cases of a fresh broker that has StandardAuthorizer. The listener `admin` is a super user's (no
// log-in); on `user`, SASL/PLAIN knows alice with the password a and carol with c. It has a
// delegation.token.secret.key, and group.streams.initial.rebalance.delay.ms=0. Prints where its
// answers differ from the recorded ones, or records them. With --open the broker has
// allow.everyone.if.no.acl.found=true.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { ApiName } from '../../protocol/codecs/index.ts'
import { runAuthorizationRules } from './authorization-rules.ts'
import { runAuthorizationCases } from './authorization-run.ts'
import type { Caller } from './authorization-case.ts'
import { WireClient } from './wire-client.ts'
import type { DecodedResponse, RequestInputOf } from './wire-client.ts'

const { values } = parseArgs({
  options: {
    admin: { type: 'string', default: '127.0.0.1:9092' },
    user: { type: 'string', default: '127.0.0.1:9093' },
    record: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
  },
})
/** Rules reach the parts of Apache Kafka a moment after they are confirmed. */
const settleMillis = 150

class WireCaller implements Caller {
  readonly #connect: () => Promise<WireClient>
  #client: WireClient | null = null

  constructor(connect: () => Promise<WireClient>) {
    this.#connect = connect
  }

  async call<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestInputOf<Name>,
  ): Promise<DecodedResponse<Name> | 'close'> {
    const client = this.#client ?? (await this.#connect())
    this.#client = client
    try {
      return await client.call(api, version, request)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.endsWith('is closed')) throw error
      this.#client = null
      return 'close'
    }
  }
}

/** Logs in with a password that is the name's first letter. */
async function connectAs(name: string): Promise<WireClient> {
  const client = await WireClient.open(values.user)
  await client.call('SaslHandshake', 1, { mechanism: 'PLAIN' })
  const authBytes = Buffer.from(`\0${name}\0${name[0]}`)
  const answer = await client.call('SaslAuthenticate', 2, { authBytes })
  if (answer.errorCode !== 0) throw new Error(`no log-in: ${answer.errorMessage}`)
  return client
}

const options = {
  admin: new WireCaller(() => WireClient.open(values.admin)),
  user: new WireCaller(() => connectAs('alice')),
  other: new WireCaller(() => connectAs('carol')),
  settle: () => sleep(settleMillis),
}
if (values.open) {
  report('authorization-rules-open', await runAuthorizationRules(options))
} else {
  report('authorization', await runAuthorizationCases(options))
  report('authorization-rules', await runAuthorizationRules(options))
}
process.exit(0)

function report(name: string, answers: readonly object[]): void {
  const recording = new URL(`../conformance/vectors/${name}.jsonl`, import.meta.url)
  const lines = answers.map((one) => JSON.stringify(one))
  if (values.record) {
    writeFileSync(recording, `${lines.join('\n')}\n`)
    console.log(`${name}: ${lines.length} answers recorded`)
    return
  }
  const recorded = readFileSync(recording, 'utf8').trimEnd().split('\n')
  const differing = lines.filter((line, at) => line !== recorded[at])
  for (const line of differing) console.log(`DIFF ${line}`)
  console.log(`${name}: ${lines.length - differing.length} the same, ${differing.length} differ`)
}
