// The control records that open a KRaft log: who leads, the raft version, and the voters (KIP-853).
// Keys are int16 version 0 and int16 type.
import type { NewRecord } from '../../protocol/records.ts'
import { Writer } from '../../protocol/writer.ts'
import {
  encodeKRaftVersionRecord,
  encodeLeaderChangeMessage,
  encodeVotersRecord,
} from '../../protocol/codecs/control-records.ts'
import { kraftVersionFeature, features } from './features.ts'
import { defined } from '../base/assert.ts'

const leaderChangeType = 2
const kraftVersionType = 5
const kraftVotersType = 6

/** Kafka's default controller listener: nobody listens there while this broker runs. */
const controllerEndpoint = { name: 'CONTROLLER', host: 'localhost', port: 9093 }

/** LeaderChange, KRaftVersion and KRaftVoters: this node alone votes, and leads. */
export function firstControlRecords(
  node: { nodeId: number; directoryIds: readonly string[] },
  nowMs: number,
): NewRecord[] {
  const voterDirectoryId = defined(node.directoryIds[0], 'the metadata log has a directory')
  const voter = { voterId: node.nodeId, voterDirectoryId }
  const kraft = defined(
    features.find((feature) => feature.name === kraftVersionFeature),
    'kraft.version is a feature',
  )
  const writer = new Writer()
  encodeLeaderChangeMessage(
    writer,
    { version: 0, leaderId: node.nodeId, voters: [voter], grantingVoters: [voter] },
    0,
  )
  const leaderChange = writer.finishBuffer()
  encodeKRaftVersionRecord(writer, { version: 0, kRaftVersion: kraft.initial }, 0)
  const kraftVersion = writer.finishBuffer()
  const kRaftVersionFeature = {
    minSupportedVersion: kraft.minSupported,
    maxSupportedVersion: kraft.maxSupported,
  }
  const voters = [{ ...voter, endpoints: [controllerEndpoint], kRaftVersionFeature }]
  encodeVotersRecord(writer, { version: 0, voters }, 0)
  const kraftVoters = writer.finishBuffer()
  return [
    { timestamp: nowMs, key: controlKey(leaderChangeType), value: leaderChange },
    { timestamp: nowMs, key: controlKey(kraftVersionType), value: kraftVersion },
    { timestamp: nowMs, key: controlKey(kraftVotersType), value: kraftVoters },
  ]
}

function controlKey(type: number): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(type, 2)
  return key
}
