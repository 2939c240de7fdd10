// What a failed call to the disk means for the partition: trouble that passes (space is freed,
// descriptors are closed) leaves it online, anything else takes it out of service.
import { KafkaError } from '../../protocol/errors.ts'
import { diskErrorCode } from '../io/disk.ts'

// Errors after which the next call may well succeed.
const passingErrors = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'])

/** True when the same call may succeed later, without a restart. */
export function isPassingTrouble(error: unknown): boolean {
  return passingErrors.has(diskErrorCode(error))
}

/** True when it was the device that did not take what had been written: how much of it, nobody knows. */
export function isFailedSync(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && /sync/.test(String(error.syscall))
}

/** The answer to the client whose request met the trouble. */
export function storageError(detail: string, cause?: unknown): KafkaError {
  return new KafkaError('KAFKA_STORAGE_ERROR', detail, { cause })
}
