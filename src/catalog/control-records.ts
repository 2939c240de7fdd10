// The control records of a KRaft log: who leads, the raft version, and the voters (KIP-853).
import { controlTypes } from '../../protocol/control-records.ts'
import type { ControlType } from '../../protocol/control-records.ts'
import type { NewRecord } from '../../protocol/records.ts'
import { Writer } from '../../protocol/writer.ts'
import {
  encodeKRaftVersionRecord,
  encodeLeaderChangeMessage,
  encodeVotersRecord,
} from '../../protocol/codecs/control-records.ts'
import { kraftVersionFeature, features } from './features.ts'
import { defined } from '../base/assert.ts'

/** What a snapshot carries on of a log's control records. */
export const raftStateTypes: readonly ControlType[] = ['KRAFT_VERSION', 'KRAFT_VOTERS']

/** Kafka's default controller listener: nobody listens there while this broker runs. */
const controllerEndpoint = { name: 'CONTROLLER', host: 'localhost', port: 9093 }

/** What opens the log of a new cluster: this node leads. */
export function leaderChangeControl(node: NodeIdentity, nowMs: number): NewRecord {
  const voter = voterOf(node)
  const writer = new Writer()
  const change = { version: 0, leaderId: node.nodeId, voters: [voter], grantingVoters: [voter] }
  encodeLeaderChangeMessage(writer, change, 0)
  return {
    timestamp: nowMs,
    key: controlKey('LEADER_CHANGE'),
    value: writer.finishBuffer(),
  }
}

/** KRaftVersion and KRaftVoters of a new cluster: this node alone votes. */
export function firstRaftState(node: NodeIdentity): ReadonlyMap<ControlType, Buffer> {
  const kraft = defined(
    features.find((feature) => feature.name === kraftVersionFeature),
    'kraft.version is a feature',
  )
  const writer = new Writer()
  encodeKRaftVersionRecord(writer, { version: 0, kRaftVersion: kraft.initial }, 0)
  const kraftVersion = writer.finishBuffer()
  const kRaftVersionFeature = {
    minSupportedVersion: kraft.minSupported,
    maxSupportedVersion: kraft.maxSupported,
  }
  const voter = { ...voterOf(node), endpoints: [controllerEndpoint], kRaftVersionFeature }
  encodeVotersRecord(writer, { version: 0, voters: [voter] }, 0)
  const kraftVoters = writer.finishBuffer()
  return new Map([
    ['KRAFT_VERSION', kraftVersion],
    ['KRAFT_VOTERS', kraftVoters],
  ])
}

interface NodeIdentity {
  readonly nodeId: number
  readonly directoryIds: readonly string[]
}

function voterOf(node: NodeIdentity): { voterId: number; voterDirectoryId: string } {
  const voterDirectoryId = defined(node.directoryIds[0], 'the metadata log has a directory')
  return { voterId: node.nodeId, voterDirectoryId }
}

/** int16 version 0, int16 type. */
export function controlKey(type: ControlType): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(controlTypes.indexOf(type), 2)
  return key
}
