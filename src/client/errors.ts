// What goes wrong for a client, under the names and with the texts that Kafka's own clients print:
// scripts look for them.
import { errorName, errors, errorText, type ErrorName } from '../../protocol/errors.ts'
import type { Address } from './connection.ts'

/** Names of exception classes that do not follow from the error's name. */
const classNames: Partial<Record<ErrorName, string>> = {
  UNKNOWN_SERVER_ERROR: 'UnknownServerException',
  CORRUPT_MESSAGE: 'CorruptRecordException',
  NOT_LEADER_OR_FOLLOWER: 'NotLeaderOrFollowerException',
  REQUEST_TIMED_OUT: 'TimeoutException',
  MESSAGE_TOO_LARGE: 'RecordTooLargeException',
  OFFSET_METADATA_TOO_LARGE: 'OffsetMetadataTooLarge',
  COORDINATOR_LOAD_IN_PROGRESS: 'CoordinatorLoadInProgressException',
  INVALID_TOPIC_EXCEPTION: 'InvalidTopicException',
  RECORD_LIST_TOO_LARGE: 'RecordBatchTooLargeException',
  TOPIC_ALREADY_EXISTS: 'TopicExistsException',
  INVALID_CONFIG: 'InvalidConfigurationException',
  NON_EMPTY_GROUP: 'GroupNotEmptyException',
  GROUP_SUBSCRIBED_TO_TOPIC: 'GroupSubscribedToTopicException',
  KAFKA_STORAGE_ERROR: 'KafkaStorageException',
  INVALID_PRODUCER_ID_MAPPING: 'InvalidPidMappingException',
  CONCURRENT_TRANSACTIONS: 'ConcurrentTransactionsException',
  SECURITY_DISABLED: 'SecurityDisabledException',
  SASL_AUTHENTICATION_FAILED: 'SaslAuthenticationException',
  UNSUPPORTED_SASL_MECHANISM: 'UnsupportedSaslMechanismException',
  ILLEGAL_SASL_STATE: 'IllegalSaslStateException',
  THROTTLING_QUOTA_EXCEEDED: 'ThrottlingQuotaExceededException',
  ELECTION_NOT_NEEDED: 'ElectionNotNeededException',
  NO_REASSIGNMENT_IN_PROGRESS: 'NoReassignmentInProgressException',
}

/** The sentences that Kafka's clients show where the broker gave none. */
const texts: Partial<Record<ErrorName, string>> = {
  UNKNOWN_SERVER_ERROR: 'The server experienced an unexpected error when processing the request.',
  OFFSET_OUT_OF_RANGE:
    'The requested offset is not within the range of offsets maintained by the server.',
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  LEADER_NOT_AVAILABLE:
    'There is no leader for this topic-partition as we are in the middle of a leadership election.',
  NOT_LEADER_OR_FOLLOWER:
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
  REQUEST_TIMED_OUT: 'The request timed out.',
  MESSAGE_TOO_LARGE:
    'The request included a message larger than the max message size the server will accept.',
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
  NOT_COORDINATOR: 'This is not the correct coordinator.',
  INVALID_TOPIC_EXCEPTION: 'The request attempted to perform an operation on an invalid topic.',
  TOPIC_AUTHORIZATION_FAILED: 'Topic authorization failed.',
  GROUP_AUTHORIZATION_FAILED: 'Group authorization failed.',
  CLUSTER_AUTHORIZATION_FAILED: 'Cluster authorization failed.',
  UNSUPPORTED_VERSION: 'The version of API is not supported.',
  TOPIC_ALREADY_EXISTS: 'Topic with this name already exists.',
  INVALID_PARTITIONS: 'Number of partitions is below 1.',
  INVALID_REPLICATION_FACTOR:
    'Replication factor is below 1 or larger than the number of available brokers.',
  INVALID_CONFIG: 'Configuration is invalid.',
  INVALID_GROUP_ID: 'The group id is invalid.',
  GROUP_ID_NOT_FOUND: 'The group id does not exist.',
  NON_EMPTY_GROUP: 'The group is not empty.',
  GROUP_SUBSCRIBED_TO_TOPIC:
    'Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.',
  UNKNOWN_MEMBER_ID: 'The coordinator is not aware of this member.',
  TRANSACTIONAL_ID_NOT_FOUND: 'The transactionalId could not be found',
  UNKNOWN_TOPIC_ID: 'This server does not host this topic ID.',
  ELECTION_NOT_NEEDED: 'Leader election not needed for topic partition.',
  SECURITY_DISABLED: 'Security features are disabled.',
  DELEGATION_TOKEN_AUTH_DISABLED: 'Delegation Token feature is not enabled.',
  DELEGATION_TOKEN_NOT_FOUND: 'Delegation Token is not found on server.',
  DELEGATION_TOKEN_OWNER_MISMATCH: 'Specified Principal is not valid Owner/Renewer.',
  DELEGATION_TOKEN_EXPIRED: 'Delegation Token is expired.',
}

/** An error that a broker has answered, or that stands for one, as Kafka's clients name it. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError'
  readonly errorName: ErrorName

  constructor(errorName: ErrorName, message?: string | null) {
    super(message ?? texts[errorName] ?? errorText(errorName))
    this.errorName = errorName
  }

  get retriable(): boolean {
    return errors.get(this.errorName)?.retriable === true
  }

  /** As Java prints the exception: class and message. */
  override toString(): string {
    return `${exceptionName(this)}: ${this.message}`
  }
}

/** No connection, or one that ended before the answer came. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  readonly address: Address
  readonly reason: string

  constructor(address: Address, reason: string) {
    super(`${address.host}:${address.port}: ${reason}`)
    this.address = address
    this.reason = reason
  }
}

/** The TLS handshake failed: a certificate that is not trusted, not valid or not of this host. */
export class TlsFailed extends Error {
  override readonly name = 'TlsFailed'

  constructor(reason: string) {
    super(`SSL handshake failed: ${reason}`)
  }

  /** As Java prints the exception. */
  override toString(): string {
    return `org.apache.kafka.common.errors.SslAuthenticationException: ${this.message}`
  }
}

/** Throws the error of a code; nothing for 0. */
export function throwOnError(code: number, message?: string | null): void {
  if (code !== 0) throw clientError(code, message)
}

export function clientError(code: number, message?: string | null): ClientError {
  return new ClientError(errorName(code), message)
}

/** The error behind a promise that may fail with one; anything else goes on. */
export function asClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error
  throw error
}

/** The full name of Java's class for the error. */
export function exceptionName({ errorName: name }: ClientError): string {
  return `org.apache.kafka.common.errors.${exceptionClass(name)}`
}

/** `GROUP_ID_NOT_FOUND` → `GroupIdNotFoundException`. */
function exceptionClass(name: ErrorName): string {
  const own = classNames[name]
  if (own !== undefined) return own
  const words = name.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase())
  return `${words.join('')}Exception`
}
