// What the doctor reads out of the system's tables.
import { expect, test } from 'vitest'
import { fileSystemOf, parseOpenFilesMax } from '../../../../src/cli/doctor/facts.ts'

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
