import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/io/logger.ts'
import { checkpointEveryBytes, Checkpoints } from '../../../src/storage/checkpoints.ts'
import type { DataDirectories } from '../../../src/storage/data-directories.ts'

test('checkpoints are due when much was synced, and not again until they are written', async () => {
  const written: string[] = []
  const directory = {
    path: '/data',
    writeCheckpointLater: async (file: string) => void written.push(file),
    writeCheckpoint: (file: string) => void written.push(file),
  }
  const directories = { all: [directory] } as unknown as DataDirectories
  const checkpoints = new Checkpoints(directories, new Map(), silentLogger, () => undefined)
  expect(checkpoints.isDueAfter(checkpointEveryBytes - 1)).toBe(false)
  expect(checkpoints.isDueAfter(1)).toBe(true)
  await checkpoints.writeAllLater()
  expect(written).toContain('recovery-point-offset-checkpoint')
  expect(checkpoints.isDueAfter(checkpointEveryBytes - 1)).toBe(false)
})
