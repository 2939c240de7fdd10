// kafka-reassign-partitions: moves replicas between brokers and between the directories of a broker.
import type { Cluster } from '../../client/cluster.ts'
import {
  alterReassignments,
  describeReplicaDirectories,
  listReassignments,
  replicaKey,
  type ReassignmentResult,
} from '../../client/reassignments.ts'
import type { OptionTable } from './options.ts'
import {
  checkPlan,
  comparePartitions,
  keyOf,
  parsePlan,
  parseTopicsToMove,
  planJson,
  proposePlacement,
  throttlesOf,
} from './reassignment-plan.ts'
import { clearThrottles, throttleBrokers, throttleMoves } from './reassignment-throttles.ts'
import {
  currentReplicas,
  moveDirectories,
  moveStates,
  moveText,
  partitionStates,
  replicasOf,
  stateText,
  topicReplicas,
} from './reassignment-states.ts'
import { beginTool, javaText, quoted, readPropertiesFile, ToolExit, withCluster } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to move topic partitions between replicas.'

const planExample =
  '{"partitions":[{"topic":"t","partition":0,"replicas":[1],"log_dirs":["any"]}],"version":1}'

const options = {
  verify: { text: 'Say how far the plan is; lift its throttles when it is done.' },
  generate: { text: 'Propose a plan; nothing is moved.' },
  execute: { text: 'Carry the plan out.' },
  cancel: { text: 'Cancel what is under way of the plan.' },
  list: { text: 'List all reassignments under way.' },
  'bootstrap-server': {
    text: 'The brokers to connect to.',
    value: 'Server(s) to use for bootstrapping',
    optionalValue: true,
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'Admin client property file',
  },
  'reassignment-json-file': {
    text: `The plan, as --generate prints one: ${planExample}; log_dirs may be left out.`,
    value: 'manual assignment json file path',
  },
  'topics-to-move-json-file': {
    text: 'What to plan for: {"version":1,"topics":[{"topic":"t"}]}.',
    value: 'topics to reassign json file path',
  },
  'broker-list': {
    text: 'The ids of the brokers to plan with, parted by commas.',
    value: 'brokerlist',
  },
  'bootstrap-controller': {
    text: 'The controllers to connect to; here the broker answers for them.',
    value: 'bootstrap controller to connect to',
    optionalValue: true,
  },
  'disable-rack-aware': { text: 'Plan without regard to racks.' },
  throttle: {
    text: 'The most that is copied between brokers, bytes a second.',
    value: 'throttle',
    type: 'long',
    fallback: '-1',
  },
  'replica-alter-log-dirs-throttle': {
    text: 'The most that is copied between directories, bytes a second.',
    value: 'replicaAlterLogDirsThrottle',
    type: 'long',
    fallback: '-1',
  },
  timeout: {
    text: 'How long to wait for moves between directories to begin.',
    value: 'timeout',
    type: 'long',
    fallback: '10000',
  },
  additional: { text: 'Carry the plan out beside others under way, or change their throttle.' },
  'preserve-throttles': { text: 'Leave throttles as they are.' },
  'disallow-replication-factor-change': { text: 'Refuse a plan with more or fewer replicas.' },
} as const satisfies OptionTable

type Name = keyof typeof options
type Call = ToolCall<Name | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-reassign-partitions', summary, options, run }

const actions = ['generate', 'execute', 'verify', 'cancel', 'list'] as const
type Action = (typeof actions)[number]

/** What an action needs, and what it takes besides. */
const rules: Record<Action, { readonly needs: readonly Name[]; readonly takes: readonly Name[] }> =
  {
    verify: { needs: ['reassignment-json-file'], takes: ['preserve-throttles'] },
    generate: {
      needs: ['topics-to-move-json-file', 'broker-list'],
      takes: ['disable-rack-aware'],
    },
    execute: {
      needs: ['reassignment-json-file'],
      takes: [
        'additional',
        'throttle',
        'replica-alter-log-dirs-throttle',
        'timeout',
        'disallow-replication-factor-change',
      ],
    },
    cancel: {
      needs: ['reassignment-json-file'],
      takes: ['bootstrap-controller', 'preserve-throttles', 'timeout'],
    },
    list: { needs: [], takes: ['bootstrap-controller'] },
  }

const perform: Record<Action, (call: Call, cluster: Cluster) => Promise<void>> = {
  generate,
  execute,
  verify,
  cancel,
  list: listOngoing,
}

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  const action = actionOf(call)
  const { options: given } = call
  try {
    const properties = readPropertiesFile(host, given.value('command-config'))
    const bootstrap = given.value('bootstrap-controller') ?? given.value('bootstrap-server') ?? ''
    await withCluster(
      host,
      { bootstrap, properties, clientId: 'reassign-partitions-tool' },
      (cluster) => perform[action](call, cluster),
    )
    return 0
  } catch (error) {
    if (error instanceof ToolExit) throw error
    const text = javaText(error)
    await host.out(error instanceof Refusal ? `${text}\n` : `Error: ${text}\n`)
    return 1
  }
}

/** An error that is printed as it is. */
class Refusal extends Error {
  override readonly name = 'Refusal'
}

function actionOf(call: Call): Action {
  const { options: given } = call
  const named = actions.filter((action) => given.has(action))
  const [action] = named
  if (action === undefined || named.length > 1) {
    const all = actions.map((name) => `--${name}`).join(', ')
    return call.usage(`Command must include exactly one action: ${all}`)
  }
  if (given.has('bootstrap-server') === given.has('bootstrap-controller')) {
    call.usage(
      given.has('bootstrap-server')
        ? "Please don't specify both --bootstrap-server and --bootstrap-controller"
        : 'Please specify either --bootstrap-server or --bootstrap-controller',
    )
  }
  const { needs, takes } = rules[action]
  call.require(...needs)
  const allowed = [action, 'bootstrap-server', 'command-config', ...needs, ...takes]
  for (const name of Object.keys(options).filter(isName)) {
    if (given.has(name) && !allowed.includes(name)) {
      call.usage(`Option "${quoted(name)}" can't be used with action "${quoted(action)}"`)
    }
  }
  return action
}

function isName(name: string): name is Name {
  return Object.hasOwn(options, name)
}

function readPlan({ options: given, host }: Call): ReturnType<typeof parsePlan> {
  const file = given.required('reassignment-json-file')
  return parsePlan(host.disk.readFile(file).toString('utf8'))
}

async function generate(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const text = host.disk.readFile(given.required('topics-to-move-json-file')).toString('utf8')
  const { topics, brokers } = parseTopicsToMove(text, given.required('broker-list'))
  const current = await topicReplicas(cluster, topics)
  const directories = await describeReplicaDirectories(cluster, current.flatMap(replicasOf))
  const isRackAware = !given.has('disable-rack-aware')
  const usable = (await cluster.brokers())
    .filter(({ id }) => brokers.includes(id))
    .map(({ id, rack }) => ({ id, rack: isRackAware ? rack : null }))
  const rackless = usable.filter(({ rack }) => rack === null).length
  if (isRackAware && rackless !== 0 && rackless !== usable.length) {
    throw new Error(
      'Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.',
    )
  }
  const draw = (below: number): number =>
    below === 0 ? 0 : host.random.bytes(4).readUInt32BE(0) % below
  const proposed = proposePlacement(current, usable, draw)
  const now = planJson(current, (replica) => directories.get(replicaKey(replica))?.current ?? null)
  await host.out(`Current partition replica assignment\n${now}\n\n`)
  await host.out(
    `Proposed partition reassignment configuration\n${planJson(proposed, () => null)}\n`,
  )
}

async function execute(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const plan = readPlan(call)
  checkPlan(plan)
  const ongoing = await listReassignments(cluster)
  if (!given.has('additional') && ongoing.size > 0) {
    throw new Refusal(
      'Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the current reassignment.',
    )
  }
  const known = new Set((await cluster.brokers()).map(({ id }) => id))
  const stranger = plan.partitions.flatMap(({ replicas }) => replicas).find((id) => !known.has(id))
  if (stranger !== undefined) throw new Error(`Unknown broker id ${stranger}`)
  const current = await currentReplicas(cluster, plan.partitions)
  const directories = await describeReplicaDirectories(cluster, current.flatMap(replicasOf))
  const now = planJson(current, (replica) => directories.get(replicaKey(replica))?.current ?? null)
  await host.out(
    `Current partition replica assignment\n\n${now}\n\nSave this to use as the --reassignment-json-file option during rollback\n`,
  )
  const rates = {
    copies: given.numberOf('throttle'),
    moves: given.numberOf('replica-alter-log-dirs-throttle'),
  }
  if (rates.copies >= 0 || rates.moves >= 0) {
    await host.out(
      'Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.\n',
    )
    const replicas = new Map(current.map((item) => [keyOf(item), item.replicas]))
    const throttles = throttlesOf(plan.partitions, replicas, ongoing)
    if (rates.copies >= 0) await throttleBrokers(host, cluster, throttles, rates.copies)
    if (rates.moves >= 0) await throttleMoves(host, cluster, plan.moves, rates.moves)
  }
  const results = await alterReassignments(cluster, plan.partitions, {
    allowReplicationFactorChange: !given.has('disallow-replication-factor-change'),
  })
  refuseErrors('Error reassigning partition(s):', results)
  const names = [...plan.partitions].sort(comparePartitions).map(keyOf)
  await host.out(
    `Successfully started partition reassignment${names.length === 1 ? '' : 's'} for ${names.join(',')}\n`,
  )
  await startMoves(call, cluster, plan.moves)
}

/** @throws Refusal that names every partition with an error */
function refuseErrors(head: string, results: readonly ReassignmentResult[]): void {
  const lines = [...results]
    .sort(comparePartitions)
    .flatMap((result) => (result.error === null ? [] : `${keyOf(result)}: ${result.error.message}`))
  if (lines.length > 0) throw new Refusal([head, ...lines].join('\n'))
}

async function startMoves(
  { options: given, host }: Call,
  cluster: Cluster,
  moves: Parameters<typeof moveDirectories>[2],
): Promise<void> {
  const late = await moveDirectories(host, cluster, moves, given.numberOf('timeout'))
  if (late.length > 0) {
    throw new Refusal(
      `Timed out before log directory move${late.length === 1 ? '' : 's'} could be started for: ${late.map(replicaKey).join(',')}`,
    )
  }
}

async function verify(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const plan = readPlan(call)
  const ongoing = await listReassignments(cluster)
  const states = await partitionStates(cluster, plan.partitions, ongoing)
  await host.out(`${['Status of partition reassignment:', ...states.map(stateText)].join('\n')}\n`)
  const moves = await moveStates(cluster, plan.moves)
  await host.out(`${moves.map(moveText).join('\n')}\n`)
  const isMoving = moves.some(({ future }) => future !== null)
  if (ongoing.size === 0 && !isMoving && !given.has('preserve-throttles')) {
    await clearThrottles(host, cluster, plan.partitions)
  }
}

async function cancel(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const plan = readPlan(call)
  const ongoing = await listReassignments(cluster, plan.partitions)
  const active = [...ongoing.values()].filter(
    ({ adding, removing }) => adding.length > 0 || removing.length > 0,
  )
  if (active.length > 0) {
    const cancelled = active.map(({ topic, partition }) => ({ topic, partition, replicas: null }))
    const results = await alterReassignments(cluster, cancelled, {
      allowReplicationFactorChange: true,
    })
    const failed = results.filter(({ error }) => error !== null).length
    const plural = failed === 1 ? '' : 's'
    refuseErrors(`Error cancelling partition reassignment${plural} for:`, results)
    const names = [...active].sort(comparePartitions).map(keyOf)
    await host.out(
      `Successfully cancelled partition reassignment${names.length === 1 ? '' : 's'} for: ${names.join(',')}\n`,
    )
  } else {
    await host.out('None of the specified partition reassignments are active.\n')
  }
  // A move ends where the replica is told to stay.
  const moving = (await moveStates(cluster, plan.moves)).flatMap((state) => {
    const { current, future } = state
    return current === null || future === null ? [] : [{ ...state, directory: current }]
  })
  if (moving.length === 0) await host.out('None of the specified partition moves are active.')
  else await startMoves(call, cluster, moving)
  if (!given.has('preserve-throttles')) await clearThrottles(host, cluster, plan.partitions)
}

async function listOngoing({ host }: Call, cluster: Cluster): Promise<void> {
  const rows = [...(await listReassignments(cluster)).values()].sort(comparePartitions)
  if (rows.length === 0) return host.out('No partition reassignments found.\n')
  const lines = rows.map((row) => {
    const adding = row.adding.length === 0 ? '' : ` adding: ${row.adding.join(',')}.`
    const removing = row.removing.length === 0 ? '' : ` removing: ${row.removing.join(',')}.`
    return `${keyOf(row)}: replicas: ${row.replicas.join(',')}.${adding}${removing}`
  })
  await host.out(`${['Current partition reassignments:', ...lines].join('\n')}\n`)
}
