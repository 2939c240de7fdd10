// One entry of log.dirs: what is said of one that others have access to.
import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/io/logger.ts'
import type { LogFields } from '../../../src/io/logger.ts'
import { LogDirectory } from '../../../src/log/log-directory.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

test.each([
  ['is warned of', true],
  ['of the owner alone is not', false],
])('a data directory that is open to others %s', (_what, isOpen) => {
  const disk = new SimDisk()
  if (isOpen) disk.openToOthers.add('/data')
  const warned: LogFields[] = []
  const logger = { ...silentLogger, warn: (fields: LogFields) => void warned.push(fields) }
  LogDirectory.open('/data', disk, logger).unlock()
  expect(warned.map(({ path }) => path)).toEqual(isOpen ? ['/data'] : [])
})
