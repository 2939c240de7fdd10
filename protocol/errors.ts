// Every error code of the protocol, and the two errors that this folder throws: KafkaError is the
// client's business and becomes a code in the answer, DecodeError means bytes that cannot be read.

type ErrorRow = readonly [code: number, retriable: boolean, text: string]

const rows = {
  UNKNOWN_SERVER_ERROR: [
    -1,
    false,
    'the broker met a condition it did not expect while it served the request',
  ],
  NONE: [0, false, 'no error'],
  OFFSET_OUT_OF_RANGE: [1, false, 'the offset is outside the range that the log holds'],
  CORRUPT_MESSAGE: [2, true, 'a record batch is damaged: its checksum, length or format is wrong'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, 'this broker hosts no such topic or partition'],
  INVALID_FETCH_SIZE: [4, false, 'the fetch size is not valid'],
  LEADER_NOT_AVAILABLE: [5, true, 'the partition has no leader at the moment'],
  NOT_LEADER_OR_FOLLOWER: [6, true, 'this broker is neither leader nor follower of the partition'],
  REQUEST_TIMED_OUT: [7, true, 'the time limit of the request ran out'],
  BROKER_NOT_AVAILABLE: [8, false, 'the broker is not available'],
  REPLICA_NOT_AVAILABLE: [9, true, 'the replica is not available for this partition'],
  MESSAGE_TOO_LARGE: [10, false, 'a record is larger than the broker or the topic accepts'],
  STALE_CONTROLLER_EPOCH: [11, false, 'the controller moved to another broker'],
  OFFSET_METADATA_TOO_LARGE: [
    12,
    false,
    'the metadata string of a committed offset is longer than allowed',
  ],
  NETWORK_EXCEPTION: [13, true, 'the connection broke before an answer came'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, true, 'the coordinator is still loading its state'],
  COORDINATOR_NOT_AVAILABLE: [15, true, 'the coordinator is not available'],
  NOT_COORDINATOR: [16, true, 'this broker is not the coordinator of the group or transaction'],
  INVALID_TOPIC_EXCEPTION: [17, false, 'the topic name is not valid for this operation'],
  RECORD_LIST_TOO_LARGE: [18, false, 'the record batch is larger than a segment can hold'],
  NOT_ENOUGH_REPLICAS: [19, true, 'fewer replicas are in sync than min.insync.replicas asks for'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    20,
    true,
    'the records were appended, but to fewer replicas than asked for',
  ],
  INVALID_REQUIRED_ACKS: [21, false, 'acks must be -1, 0 or 1'],
  ILLEGAL_GENERATION: [22, false, 'the generation is not the current one of the group'],
  INCONSISTENT_GROUP_PROTOCOL: [
    23,
    false,
    "the member's protocol type or protocols do not fit those of the group",
  ],
  INVALID_GROUP_ID: [24, false, 'the group id is not valid'],
  UNKNOWN_MEMBER_ID: [25, false, 'the group has no such member'],
  INVALID_SESSION_TIMEOUT: [
    26,
    false,
    'the session timeout lies outside group.min.session.timeout.ms and group.max.session.timeout.ms',
  ],
  REBALANCE_IN_PROGRESS: [27, false, 'the group is rebalancing: join again'],
  INVALID_COMMIT_OFFSET_SIZE: [
    28,
    false,
    'the offsets committed at once are too large for one batch',
  ],
  TOPIC_AUTHORIZATION_FAILED: [29, false, 'not authorized to use the topic'],
  GROUP_AUTHORIZATION_FAILED: [30, false, 'not authorized to use the group'],
  CLUSTER_AUTHORIZATION_FAILED: [31, false, 'not authorized for the cluster'],
  INVALID_TIMESTAMP: [32, false, 'the timestamp of a record is outside what the topic accepts'],
  UNSUPPORTED_SASL_MECHANISM: [33, false, 'the server does not support the SASL mechanism'],
  ILLEGAL_SASL_STATE: [34, false, 'the request does not fit the state of the SASL handshake'],
  UNSUPPORTED_VERSION: [35, false, 'the server does not support this version of the request'],
  TOPIC_ALREADY_EXISTS: [36, false, 'a topic of this name exists already'],
  INVALID_PARTITIONS: [37, false, 'the number of partitions is not valid'],
  INVALID_REPLICATION_FACTOR: [
    38,
    false,
    'the replication factor is not valid, or larger than the number of brokers',
  ],
  INVALID_REPLICA_ASSIGNMENT: [39, false, 'the replica assignment is not valid'],
  INVALID_CONFIG: [40, false, 'a configuration value is not valid'],
  NOT_CONTROLLER: [41, true, 'this broker is not the controller'],
  INVALID_REQUEST: [42, false, 'the request is malformed or contradicts itself'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [
    43,
    false,
    'the message format of the broker does not support the request',
  ],
  POLICY_VIOLATION: [44, false, 'a policy of the cluster forbids the request'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, 'the broker received a sequence number out of order'],
  DUPLICATE_SEQUENCE_NUMBER: [
    46,
    false,
    'the broker received a sequence number it has seen already',
  ],
  INVALID_PRODUCER_EPOCH: [47, false, "the producer's epoch is older than the one known"],
  INVALID_TXN_STATE: [48, false, 'the transaction is not in a state for this operation'],
  INVALID_PRODUCER_ID_MAPPING: [
    49,
    false,
    'the producer id does not belong to the transactional id',
  ],
  INVALID_TRANSACTION_TIMEOUT: [
    50,
    false,
    'the transaction timeout is larger than transaction.max.timeout.ms',
  ],
  CONCURRENT_TRANSACTIONS: [51, true, 'another operation of the same transaction is in progress'],
  TRANSACTION_COORDINATOR_FENCED: [
    52,
    false,
    'the transaction coordinator is fenced by a newer one',
  ],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, false, 'not authorized to use the transactional id'],
  SECURITY_DISABLED: [54, false, 'security features are not enabled'],
  OPERATION_NOT_ATTEMPTED: [
    55,
    false,
    'the operation was not tried because an earlier one of the request failed',
  ],
  KAFKA_STORAGE_ERROR: [56, true, 'the log directory could not be read or written'],
  LOG_DIR_NOT_FOUND: [57, false, 'the log directory is not among those of the broker'],
  SASL_AUTHENTICATION_FAILED: [58, false, 'SASL authentication failed'],
  UNKNOWN_PRODUCER_ID: [
    59,
    false,
    'the broker knows nothing of this producer id, its records have been deleted',
  ],
  REASSIGNMENT_IN_PROGRESS: [60, false, 'a reassignment of the partition is in progress'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, false, 'delegation tokens are not enabled'],
  DELEGATION_TOKEN_NOT_FOUND: [62, false, 'the server does not know the delegation token'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [
    63,
    false,
    'the principal is not the owner of the delegation token',
  ],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [
    64,
    false,
    'delegation tokens cannot be requested over this kind of connection',
  ],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, false, 'not authorized to use the delegation token'],
  DELEGATION_TOKEN_EXPIRED: [66, false, 'the delegation token has expired'],
  INVALID_PRINCIPAL_TYPE: [67, false, 'the principal type is not supported'],
  NON_EMPTY_GROUP: [68, false, 'the group still has members'],
  GROUP_ID_NOT_FOUND: [69, false, 'there is no such group'],
  FETCH_SESSION_ID_NOT_FOUND: [70, true, 'there is no such fetch session'],
  INVALID_FETCH_SESSION_EPOCH: [71, true, 'the epoch of the fetch session is not the expected one'],
  LISTENER_NOT_FOUND: [72, true, 'the leader has no listener that matches the one of this request'],
  TOPIC_DELETION_DISABLED: [73, false, 'deletion of topics is disabled'],
  FENCED_LEADER_EPOCH: [74, true, "the leader epoch in the request is older than the broker's"],
  UNKNOWN_LEADER_EPOCH: [75, true, "the leader epoch in the request is newer than the broker's"],
  UNSUPPORTED_COMPRESSION_TYPE: [
    76,
    false,
    'the client does not support the compression type of the records',
  ],
  STALE_BROKER_EPOCH: [77, false, 'the broker epoch is no longer the current one'],
  OFFSET_NOT_AVAILABLE: [78, true, 'the high watermark has not caught up with the new leader yet'],
  MEMBER_ID_REQUIRED: [79, false, 'join again with the member id given in this answer'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, true, 'the preferred leader is not available'],
  GROUP_MAX_SIZE_REACHED: [81, false, 'the group has reached its maximum size'],
  FENCED_INSTANCE_ID: [82, false, 'another member has joined with the same group.instance.id'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, true, 'no eligible leader is available'],
  ELECTION_NOT_NEEDED: [84, true, 'the partition needs no leader election'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, false, 'no reassignment of the partition is in progress'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, false, 'members of the group are subscribed to the topic'],
  INVALID_RECORD: [87, false, 'a record was rejected: it breaks a rule of the broker or the topic'],
  UNSTABLE_OFFSET_COMMIT: [88, true, 'offsets of an open transaction are still to be decided'],
  THROTTLING_QUOTA_EXCEEDED: [89, true, 'the quota for such requests is used up: try again later'],
  PRODUCER_FENCED: [90, false, 'a newer producer with the same transactional id has taken over'],
  RESOURCE_NOT_FOUND: [91, false, 'the resource does not exist'],
  DUPLICATE_RESOURCE: [92, false, 'the resource exists already'],
  UNACCEPTABLE_CREDENTIAL: [93, false, 'the credential does not meet the requirements'],
  INCONSISTENT_VOTER_SET: [94, false, 'the sender is not among the expected voters'],
  INVALID_UPDATE_VERSION: [95, false, 'the version to update to is not valid'],
  FEATURE_UPDATE_FAILED: [96, false, 'the features could not be updated'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, false, 'the forwarded principal could not be read'],
  SNAPSHOT_NOT_FOUND: [98, false, 'there is no such snapshot'],
  POSITION_OUT_OF_RANGE: [99, false, 'the position lies outside the snapshot'],
  UNKNOWN_TOPIC_ID: [100, true, 'this broker hosts no topic with this id'],
  DUPLICATE_BROKER_REGISTRATION: [101, false, 'a broker with this id is registered already'],
  BROKER_ID_NOT_REGISTERED: [102, false, 'no broker with this id is registered'],
  INCONSISTENT_TOPIC_ID: [103, true, 'the topic id differs from the one the log was made for'],
  INCONSISTENT_CLUSTER_ID: [104, false, 'the cluster id differs from that of this cluster'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, false, 'there is no such transactional id'],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, true, 'the fetch session mixes topic names and topic ids'],
  INELIGIBLE_REPLICA: [107, false, 'the new replica set holds a replica that may not be in it'],
  NEW_LEADER_ELECTED: [108, false, 'the change of the partition elected another leader'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, false, 'the offset has moved to tiered storage'],
  FENCED_MEMBER_EPOCH: [110, false, 'the member epoch is not the current one: rejoin'],
  UNRELEASED_INSTANCE_ID: [111, false, 'another member of the group still uses the instance id'],
  UNSUPPORTED_ASSIGNOR: [112, false, 'the group supports none of the assignors asked for'],
  STALE_MEMBER_EPOCH: [113, false, 'the member epoch is stale: retry with the current one'],
  MISMATCHED_ENDPOINT_TYPE: [114, false, 'the request came to the wrong kind of endpoint'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, false, 'the kind of endpoint is not supported'],
  UNKNOWN_CONTROLLER_ID: [116, false, 'there is no such controller'],
  UNKNOWN_SUBSCRIPTION_ID: [117, false, 'the telemetry subscription id is not the current one'],
  TELEMETRY_TOO_LARGE: [118, false, 'the telemetry pushed is larger than allowed'],
  INVALID_REGISTRATION: [119, false, 'the controller rejected the registration'],
  TRANSACTION_ABORTABLE: [120, false, 'the transaction must be aborted'],
  INVALID_RECORD_STATE: [
    121,
    false,
    'the record is not in a state that allows the acknowledgement',
  ],
  SHARE_SESSION_NOT_FOUND: [122, true, 'there is no such share session'],
  INVALID_SHARE_SESSION_EPOCH: [
    123,
    true,
    'the epoch of the share session is not the expected one',
  ],
  FENCED_STATE_EPOCH: [124, false, "the state epoch is older than the share coordinator's"],
  INVALID_VOTER_KEY: [125, false, 'the voter key does not match that of the replica'],
  DUPLICATE_VOTER: [126, false, 'the voter is in the set already'],
  VOTER_NOT_FOUND: [127, false, 'the voter is not in the set'],
  INVALID_REGULAR_EXPRESSION: [128, false, 'the regular expression is not valid'],
  REBOOTSTRAP_REQUIRED: [129, false, "the client's metadata is stale: bootstrap again"],
  STREAMS_INVALID_TOPOLOGY: [130, false, 'the topology is not valid'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, false, 'the topology epoch is not valid'],
  STREAMS_TOPOLOGY_FENCED: [132, false, "the topology epoch is older than the group's"],
  SHARE_SESSION_LIMIT_REACHED: [133, true, 'the broker has reached its limit of share sessions'],
  GROUP_DELETION_FAILED: [134, false, 'the group could not be deleted'],
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED: [
    135,
    false,
    'the topology description could not be updated',
  ],
  CONTROLLER_ID_NOT_REGISTERED: [136, false, 'no controller with this id is registered'],
} as const satisfies Record<string, ErrorRow>

/** Kafka's name of an error code. */
export type ErrorName = keyof typeof rows

export interface ErrorFacts {
  readonly code: number
  /** Clients try again by themselves. */
  readonly retriable: boolean
  /** A sentence for people: what went wrong, without its circumstances. */
  readonly text: string
}

export const errorNames: readonly ErrorName[] = Object.keys(rows).filter(isErrorName)

/** The facts of every error, by name. */
export const errors: ReadonlyMap<ErrorName, ErrorFacts> = new Map(
  errorNames.map((name) => {
    const [code, retriable, text] = rows[name]
    return [name, { code, retriable, text }]
  }),
)

const namesByCode: ReadonlyMap<number, ErrorName> = new Map(
  errorNames.map((name) => [rows[name][0], name]),
)

/** The code of an error on the wire; `NONE` is 0. */
export function errorCode(name: ErrorName): number {
  return rows[name][0]
}

/** The name of a code; one that Kafka does not define is an UNKNOWN_SERVER_ERROR. */
export function errorName(code: number): ErrorName {
  return namesByCode.get(code) ?? 'UNKNOWN_SERVER_ERROR'
}

/** The general sentence on an error, for answers that have an error message field. */
export function errorText(name: ErrorName): string {
  return rows[name][2]
}

/** The client's business: becomes an error code in the answer. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly errorName: ErrorName
  /** What happened here and now; goes into the error message of answers that have one. */
  readonly detail: string

  constructor(errorName: ErrorName, detail = errorText(errorName), options?: ErrorOptions) {
    super(`${errorName}: ${detail}`, options)
    this.errorName = errorName
    this.detail = detail
  }
}

/** Bytes that are no message: the only thing that reading any input throws. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

function isErrorName(name: string): name is ErrorName {
  return name in rows
}
