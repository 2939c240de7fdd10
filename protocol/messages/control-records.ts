// Keys and values of the control records inside logs: transaction markers, and those of KRaft logs.

import {
  array,
  defineMessage,
  int16,
  int32,
  int64,
  since,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

const voter = struct('Voter', {
  voterId: int32(),
  voterDirectoryId: since(1, uuid()),
})

export const controlRecordTypeSchema = defineMessage({
  name: 'ControlRecordTypeSchema',
  versions: [0, 0],
  fields: {
    type: int16(),
  },
})

export const endTxnMarker = defineMessage({
  name: 'EndTxnMarker',
  versions: [0, 0],
  fields: {
    coordinatorEpoch: int32(),
  },
})

export const kRaftVersionRecord = defineMessage({
  name: 'KRaftVersionRecord',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    version: int16(),
    kRaftVersion: int16(),
  },
})

export const leaderChangeMessage = defineMessage({
  name: 'LeaderChangeMessage',
  versions: [0, 1],
  flexibleFrom: 0,
  fields: {
    version: int16(),
    leaderId: int32(),
    voters: array(voter),
    grantingVoters: array(voter),
  },
})

export const snapshotFooterRecord = defineMessage({
  name: 'SnapshotFooterRecord',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    version: int16(),
  },
})

export const snapshotHeaderRecord = defineMessage({
  name: 'SnapshotHeaderRecord',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    version: int16(),
    lastContainedLogTimestamp: int64(),
  },
})

export const votersRecord = defineMessage({
  name: 'VotersRecord',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    version: int16(),
    voters: array(
      struct('Voter', {
        voterId: int32(),
        voterDirectoryId: uuid(),
        endpoints: array(
          struct('Endpoint', {
            name: string(),
            host: string(),
            port: uint16(),
          }),
        ),
        kRaftVersionFeature: struct('KRaftVersionFeature', {
          minSupportedVersion: int16(),
          maxSupportedVersion: int16(),
        }),
      }),
    ),
  },
})
