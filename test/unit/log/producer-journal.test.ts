import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/io/logger.ts'
import { ProducerJournal } from '../../../src/log/producer-journal.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import { directory } from './fixtures.ts'

function journalOn(disk: SimDisk): ProducerJournal {
  disk.makeDirectory(directory)
  const journal = new ProducerJournal(disk, directory, silentLogger)
  journal.startAt(0)
  return journal
}

/** A disk whose asynchronous calls end when the test says so. */
function slowDisk(): { disk: SimDisk; go: () => void } {
  const disk = new SimDisk()
  let go = (): void => undefined
  disk.latency = () => new Promise((resolve) => (go = resolve))
  return { disk, go: () => go() }
}

test('a snapshot that gives way to another while it is synced is not missed', async () => {
  const { disk, go } = slowDisk()
  const journal = journalOn(disk)
  journal.snapshotAt(5, 'between')
  const synced = journal.syncSnapshots()
  journal.snapshotAt(9, 'segment-base')
  go()
  await synced
  expect(disk.list(directory)).toEqual(['00000000000000000009.snapshot'])
  expect(journal.hasUnsyncedSnapshots).toBe(true)
})

test('a snapshot that somebody else removed is missed', async () => {
  const { disk, go } = slowDisk()
  const journal = journalOn(disk)
  journal.snapshotAt(5, 'between')
  const synced = journal.syncSnapshots()
  disk.remove(`${directory}/00000000000000000005.snapshot`)
  go()
  await expect(synced).rejects.toThrow('ENOENT')
})
