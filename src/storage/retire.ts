// Takes a partition's directory out of use: gives it the name under which Kafka and Ottla remove it
// later, or keep it and do not serve it.
import { join } from 'node:path'
import { assert } from '../base/assert.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import { unusedDirectoryName } from '../log/segment-files.ts'

/** Renames the directory; its new path. */
export function retireDirectory(
  of: { readonly topic: string; readonly partition: number; readonly path: string },
  reason: 'delete' | 'stray',
  around: { readonly disk: Disk; readonly random: Random; readonly logger: Logger },
): string {
  assert(of.partition >= 0, 'a retired directory was a partition')
  const unique = around.random.bytes(16).toString('hex')
  const path = join(of.path, '..', unusedDirectoryName(of, reason, unique))
  around.disk.rename(of.path, path)
  if (reason === 'stray') {
    const fields = { topic: of.topic, partition: of.partition, path }
    around.logger.warn(fields, 'directory belongs to no known topic, set aside')
  }
  return path
}
