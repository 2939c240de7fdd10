// What the doctor reads out of the system's tables.
import { expect, test } from 'vitest'
import { loadConfig } from '../../../../src/config/load.ts'
import { SimClock } from '../../../../src/testing/sim-clock.ts'
import { SimDisk } from '../../../../src/testing/sim-disk.ts'
import { fileSystemOf, gatherFacts, parseOpenFilesMax } from '../../../../src/cli/doctor/facts.ts'

const mounts = `/dev/sda / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
/dev/sdb /tmp/disk xfs rw 0 0
`

test.each([
  ['/var/data', 'ext4'],
  ['/tmp', 'tmpfs'],
  ['/tmp/data', 'tmpfs'],
  ['/tmpfile', 'ext4'],
  ['/tmp/disk/data', 'xfs'],
])('%s lies on %s', (path, type) => {
  expect(fileSystemOf(path, mounts)).toBe(type)
})

test('without a table nothing is known', () => {
  expect(fileSystemOf('/data', '')).toBeNull()
  expect(parseOpenFilesMax('')).toBeNull()
})

test('the soft limit of open files is the first number', () => {
  const limits = 'Limit   Soft Limit  Hard Limit  Units\nMax open files   1024    4096   files\n'
  expect(parseOpenFilesMax(limits)).toBe(1024)
  expect(parseOpenFilesMax('Max open files   unlimited  unlimited  files')).toBeNull()
})

test.each([
  ['/data', true, null],
  ['/data/deeper/still', true, null],
  ['/data', false, 'this user may not write in /data'],
  ['/data/file/below', true, '/data/file is no directory'],
])('a broker could use %s (writable: %s): %s', async (path, writable, obstacle) => {
  const clock = new SimClock()
  const disk = new SimDisk()
  disk.makeDirectory('/data')
  disk.open('/data/file', 'write').close()
  const { config, notices } = loadConfig({
    file: null,
    environment: {},
    overrides: [`log.dirs=${path}`, 'listeners=PLAINTEXT://localhost:0'],
  })
  const facts = await gatherFacts(config, notices, {
    disk,
    mayWriteIn: () => writable,
    clock,
    probe: () => Promise.resolve(null),
    canBind: () => Promise.resolve(null),
    resolves: () => Promise.resolve(true),
  })
  expect(facts.directories.map((directory) => directory.obstacle)).toEqual([obstacle])
})
