// The flags of kafka-streams-groups, and which of them go together.
import { consumerGroupOptions, resetScenarios } from './group-options.ts'
import { checkDescribe, hasGroups } from './group-tool.ts'
import type { OptionTable } from './options.ts'
import { quoted, type ToolCall } from './tool.ts'

const {
  topic: _topic,
  'all-topics': _allTopics,
  type: _type,
  'validate-regex': _regex,
  ...shared
} = consumerGroupOptions

export const streamsGroupOptions = {
  ...shared,
  group: { text: 'The group; may be repeated.', value: 'streams group' },
  list: { text: 'List all streams groups.' },
  'all-groups': { text: 'All streams groups.' },
  'input-topic': {
    text: "An input topic, or with partitions 'topic:0,1,2'; for --reset-offsets and --delete-offsets; may be repeated.",
    value: 'topic',
  },
  'all-input-topics': { text: 'All input topics of the group.' },
  members: { text: 'Describe the members and their tasks.', onlyWith: ['describe'] },
  'reset-offsets': { text: 'Move the offsets of a group without members.' },
  'delete-internal-topic': {
    text: 'With --reset-offsets --execute: delete this internal topic too; may be repeated.',
    value: '',
  },
  'delete-all-internal-topics': {
    text: 'With --delete, or --reset-offsets --execute: delete the internal topics of the group too.',
  },
} as const satisfies OptionTable

export type StreamsCall = ToolCall<keyof typeof streamsGroupOptions | 'help' | 'version'>

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets'] as const
const scopes = `${quoted('all-groups')}, ${quoted('group')}`

/** Ends with the usage where flags do not go together. @throws ToolExit */
export function checkStreamsArguments(call: StreamsCall): void {
  const { options: given } = call
  call.require('bootstrap-server')
  if (given.has('describe')) checkDescribe(call, scopes)
  if (given.has('delete')) {
    if (!hasGroups(call))
      call.usage(`Option ${quoted('delete')} takes one of these options: ${scopes}`)
    if (given.has('input-topic') || given.has('all-input-topics')) {
      call.usage(
        'Kafka Streams does not support topic-specific offset deletion from a streams group.',
      )
    }
  }
  if (given.has('delete-offsets')) checkDeleteOffsets(call)
  if (given.has('reset-offsets')) checkReset(call)
  checkInternalTopics(call)
  if ((given.has('dry-run') || given.has('execute')) && !given.has('reset-offsets')) {
    call.usage(
      `Only Option ${quoted('reset-offsets')} accepts ${quoted('execute')} or ${quoted('dry-run')}`,
    )
  }
  call.forbid('list', 'members', 'offsets')
  call.forbid('group', 'all-groups', 'list')
  call.forbid('input-topic', 'list', 'describe', 'delete')
  if (actions.filter((action) => given.has(action)).length !== 1) {
    call.usage(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or --delete-offsets.',
    )
  }
}

function checkDeleteOffsets(call: StreamsCall): void {
  const { options: given } = call
  const action = `Option ${quoted('delete-offsets')}`
  const hasTopics = given.has('input-topic') || given.has('all-input-topics')
  if (!hasTopics || !given.has('group')) {
    const list = `${quoted('all-input-topics')}, ${quoted('input-topic')}`
    call.usage(`${action} takes the ${quoted('group')} and one of these options: ${list}`)
  }
  const groups = given.values('group')
  if (groups.length > 1) {
    call.usage(
      `${action} supports only one ${quoted('group')} at a time, but found: [${groups.join(', ')}]`,
    )
  }
}

function checkReset(call: StreamsCall): void {
  const { options: given } = call
  const action = `Option ${quoted('reset-offsets')}`
  const [dryRun, execute] = [quoted('dry-run'), quoted('execute')]
  if (given.has('dry-run') && given.has('execute')) {
    call.usage(`${action} only accepts one of ${execute} and ${dryRun}`)
  }
  if (!given.has('dry-run') && !given.has('execute')) {
    call.usage(`${action} takes the option: ${execute} or ${dryRun}`)
  }
  if (!hasGroups(call)) call.usage(`${action} takes one of these options: ${scopes}`)
  call.forbidTogether(resetScenarios)
}

function checkInternalTopics(call: StreamsCall): void {
  const { options: given } = call
  const [reset, execute] = [quoted('reset-offsets'), quoted('execute')]
  if (given.has('delete-all-internal-topics')) {
    const option = `Option ${quoted('delete-all-internal-topics')}`
    if (!given.has('reset-offsets') && !given.has('delete')) {
      call.usage(`${option} takes one of these options: ${quoted('delete')}, ${reset}`)
    }
    if (given.has('reset-offsets') && !given.has('execute')) {
      call.usage(`${option} takes ${execute} when ${reset} is used.`)
    }
  } else if (given.has('delete-internal-topic')) {
    if (!given.has('reset-offsets') || !given.has('execute')) {
      const option = `Option ${quoted('delete-internal-topic')}`
      call.usage(`${option} takes ${reset} when ${execute} is used.`)
    }
  }
}
