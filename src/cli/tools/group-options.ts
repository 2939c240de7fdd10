// The flags of kafka-consumer-groups.
import type { OptionTable } from './options.ts'
import { resetOptions } from './reset-plan.ts'
import type { ToolCall } from './tool.ts'

export const consumerGroupOptions = {
  'bootstrap-server': {
    text: 'REQUIRED: The brokers to connect to.',
    value: 'server to connect to',
  },
  group: { text: 'The group; may be repeated.', value: 'consumer group' },
  topic: {
    text: "A topic, or with partitions 'topic:0,1,2'; for --reset-offsets and --delete-offsets; may be repeated.",
    value: 'topic',
  },
  'all-topics': { text: 'All topics of the group, with --reset-offsets.' },
  list: { text: 'List all consumer groups.' },
  describe: { text: 'Describe groups: offsets and lag, or --members, or --state.' },
  'all-groups': { text: 'All consumer groups.' },
  delete: { text: 'Delete groups that have no members.' },
  timeout: {
    text: 'How long to wait for answers.',
    value: 'timeout (ms)',
    type: 'long',
    fallback: '30000',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file',
  },
  'reset-offsets': {
    text: 'Move the offsets of a group without members. Only shows the result, unless --execute is given.',
  },
  'delete-offsets': { text: 'Delete the offsets of a group for topics.' },
  'dry-run': { text: 'With --reset-offsets: only show the result.' },
  execute: { text: 'With --reset-offsets: do it.' },
  export: { text: 'With --reset-offsets: show the result as CSV.' },
  ...resetOptions,
  'to-current': { text: 'Reset to the committed offsets.' },
  members: { text: 'Describe the members.', onlyWith: ['describe'] },
  verbose: { text: 'Describe in more columns.', onlyWith: ['describe'] },
  offsets: { text: 'Describe offsets and lag (the default).', onlyWith: ['describe'] },
  state: {
    text: 'Describe the state; with --list: show states, or list groups in these states.',
    value: '',
    optionalValue: true,
    onlyWith: ['describe', 'list'],
  },
  type: {
    text: 'With --list: show types, or list groups of these types.',
    value: '',
    optionalValue: true,
    onlyWith: ['list'],
  },
  'validate-regex': { text: 'Check a regular expression (RE2).', value: 'regex' },
} as const satisfies OptionTable

export type GroupCall = ToolCall<keyof typeof consumerGroupOptions | 'help' | 'version'>

/** The flags that say where a reset goes: one of them. */
export const resetScenarios = [
  'to-offset',
  'to-datetime',
  'by-duration',
  'to-earliest',
  'to-latest',
  'to-current',
  'shift-by',
  'from-file',
] as const
