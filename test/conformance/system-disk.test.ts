// The real file system behind the Disk port: needs a disk and a second process, so it is no unit test.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { SystemDisk } from '../../src/io/system-disk.ts'

const directory = mkdtempSync(join(tmpdir(), 'ottla-disk-'))
const disk = new SystemDisk()
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('what is written at a position is read from it', async () => {
  const file = disk.open(join(directory, 'a'), 'write')
  file.write(Buffer.from('hello'), 3)
  file.writeAll([Buffer.from('--'), Buffer.from('++')], 8)
  const into = Buffer.alloc(20)
  expect(file.read(into, 0, 20, 3)).toBe(9)
  expect(into.toString('latin1', 0, 9)).toBe('hello--++')
  expect(await file.readLater(into, 0, 5, 3)).toBe(5)
  expect(file.read(into, 0, 5, 100)).toBe(0)
  file.truncate(4)
  expect(file.size()).toBe(4)
  await file.syncData()
  file.syncNow()
  file.close()
  expect(disk.fileSize(join(directory, 'a'))).toBe(4)
})

test('a replaced file has the new content and leaves no temporary behind', () => {
  const path = join(directory, 'b')
  disk.replaceFile(path, Buffer.from('one'), { durable: true })
  disk.replaceFile(path, Buffer.from('two'), { durable: false })
  expect(disk.readFile(path).toString()).toBe('two')
  expect(disk.exists(`${path}.tmp`)).toBe(false)
})

test('a file that is opened anew holds nothing of an earlier one, and keeps what is written then', () => {
  const path = join(directory, 'c')
  disk.replaceFile(path, Buffer.from('earlier'), { durable: false })
  const file = disk.open(path, 'anew')
  expect(file.size()).toBe(0)
  file.write(Buffer.from('kept'), 0)
  disk.limitOpenFiles(1)
  disk.open(join(directory, 'd'), 'write').close()
  expect(file.size()).toBe(4)
  file.close()
  disk.limitOpenFiles(100)
})

test('what is made is for its owner alone, whatever the umask', () => {
  const before = process.umask(0)
  try {
    const own = join(directory, 'own', 'inner')
    disk.makeDirectory(own)
    disk.open(join(own, 'data'), 'write').close()
    disk.replaceFile(join(own, 'meta'), Buffer.from('x'), { durable: true })
    const lock = disk.lock(join(own, '.lock'))
    const modeOf = (path: string) => statSync(path).mode & 0o777
    expect([modeOf(join(directory, 'own')), modeOf(own)]).toEqual([0o700, 0o700])
    const files = ['data', 'meta', '.lock'].map((name) => modeOf(join(own, name)))
    expect(files).toEqual([0o600, 0o600, 0o600])
    lock?.release()
  } finally {
    process.umask(before)
  }
})

test('a directory that others may enter is told from one that they may not', () => {
  const path = join(directory, 'shared')
  mkdirSync(path)
  for (const [mode, isOpen] of [
    [0o755, true],
    [0o701, true],
    [0o750, false],
    [0o700, false],
  ] as const) {
    chmodSync(path, mode)
    expect(disk.isOpenToOthers(path)).toBe(isOpen)
  }
  expect(disk.isOpenToOthers(join(directory, 'missing'))).toBe(false)
})

test('directories are made, listed and removed with all that is in them', () => {
  const path = join(directory, 'x', 'y')
  expect([disk.makeDirectory(path), disk.makeDirectory(path)]).toEqual([true, false])
  disk.replaceFile(join(path, 'f'), Buffer.alloc(1), { durable: false })
  expect(disk.list(join(directory, 'x'))).toEqual(['y'])
  expect(disk.isDirectory(path)).toBe(true)
  disk.remove(join(path, 'f'))
  expect(disk.list(path)).toEqual([])
  disk.removeTree(join(directory, 'x'))
  expect(disk.exists(path)).toBe(false)
  expect(() => disk.remove(join(directory, 'missing'))).not.toThrow()
  expect(disk.space(directory).totalBytes).toBeGreaterThan(0)
})

test('a directory that cannot be made is an error at once', () => {
  disk.replaceFile(join(directory, 'file'), Buffer.alloc(1), { durable: false })
  expect(() => disk.makeDirectory(join(directory, 'file'))).toThrow('EEXIST')
  expect(() => disk.makeDirectory(join(directory, 'file', 'sub'))).toThrow('ENOTDIR')
  if (disk.exists('/proc/self')) expect(() => disk.makeDirectory('/proc/ottla/x')).toThrow('ENOENT')
})

test('a lock keeps others out until it is released, in this process and in another', () => {
  const path = join(directory, '.lock')
  const lock = disk.lock(path)
  expect(lock).not.toBeNull()
  expect(disk.lock(path)).toBeNull()
  expect(lockElsewhere(path)).toBe('refused')
  lock?.release()
  expect(lockElsewhere(path)).toBe('taken')
  // The other process is gone, and with it its lock.
  const again = disk.lock(path)
  expect(again).not.toBeNull()
  again?.release()
})

function lockElsewhere(path: string): string {
  const module = new URL('../../src/io/system-disk.ts', import.meta.url).href
  const script = [
    `const { SystemDisk } = await import(${JSON.stringify(module)})`,
    `const lock = new SystemDisk().lock(${JSON.stringify(path)})`,
    `console.log(lock === null ? 'refused' : 'taken')`,
  ].join('\n')
  const command = ['--import', 'tsx', '--input-type=module', '-e', script]
  return execFileSync(process.execPath, command, { encoding: 'utf8' }).trim()
}

test('more files than descriptors are in use, and each goes on where it was', async () => {
  const small = new SystemDisk()
  small.limitOpenFiles(3)
  const files = Array.from({ length: 20 }, (_, n) => small.open(join(directory, `f${n}`), 'write'))
  for (const [n, file] of files.entries()) file.write(Buffer.from(`file ${n};`), 0)
  for (const file of files) file.write(Buffer.from('more'), file.size())
  await Promise.all(files.map((file) => file.syncData()))
  for (const file of files) file.size()
  small.open(join(directory, 'one more'), 'write').close()
  expect(small.openFileCount).toBeLessThanOrEqual(4)
  const contents = files.map(({ path }) => small.readFile(path).toString())
  expect(contents).toEqual(files.map((_, n) => `file ${n};more`))
  for (const file of files) file.close()
  expect(small.openFileCount).toBe(0)
})

test('a file that was removed under its writer cannot be synced, and is not made again', async () => {
  const path = join(directory, 'removed')
  const small = new SystemDisk()
  small.limitOpenFiles(1)
  const file = small.open(path, 'write')
  rmSync(path)
  await expect(file.syncData()).rejects.toThrow('ENOENT')
  small.open(join(directory, 'other'), 'write').close()
  small.limitOpenFiles(1)
  const others = [1, 2].map((n) => small.open(join(directory, `o${n}`), 'write'))
  expect(() => file.write(Buffer.from('x'), 0)).toThrow('ENOENT')
  for (const each of [file, ...others]) each.close()
})
