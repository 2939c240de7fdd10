import { expect, test } from 'vitest'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

function withFile(content: string): SimDisk {
  const disk = new SimDisk()
  disk.makeDirectory('/d')
  const file = disk.open('/d/f', 'write')
  file.write(Buffer.from(content), 0)
  file.close()
  return disk
}

test('a killed process leaves what it wrote, power loss only what it synced', () => {
  const disk = withFile('synced')
  const file = disk.open('/d/f', 'write')
  file.syncNow()
  file.write(Buffer.from('-lost'), 6)
  expect(disk.kill().readFile('/d/f').toString()).toBe('synced-lost')
  expect(disk.crash().readFile('/d/f').toString()).toBe('synced')
  expect(
    disk
      .crash(() => 2)
      .readFile('/d/f')
      .toString(),
  ).toBe('synced-l')
})

test('a fault hits the calls it names, so often and not before', () => {
  const disk = withFile('x')
  const file = disk.open('/d/f', 'write')
  disk.fail({ call: 'write', code: 'ENOSPC', after: 1, times: 1, partialBytes: 1 })
  file.write(Buffer.from('ab'), 1)
  expect(() => file.write(Buffer.from('cd'), 3)).toThrow(
    expect.objectContaining({ code: 'ENOSPC' }),
  )
  expect(disk.readFile('/d/f').toString()).toBe('xabc')
  file.write(Buffer.from('cd'), 3)
  expect(disk.readFile('/d/f').toString()).toBe('xabcd')
})

test('the next process starts with free locks and its own files', () => {
  const disk = withFile('x')
  expect(disk.lock('/d/.lock')).not.toBeNull()
  expect(disk.lock('/d/.lock')).toBeNull()
  const next = disk.kill()
  expect(next.lock('/d/.lock')).not.toBeNull()
  next.open('/d/f', 'write').write(Buffer.from('y'), 0)
  expect(disk.readFile('/d/f').toString()).toBe('x')
})

test('directories are renamed and removed with what is in them', () => {
  const disk = withFile('x')
  disk.rename('/d', '/e')
  expect(disk.list('/e')).toEqual(['f'])
  expect(disk.exists('/d/f')).toBe(false)
  disk.removeTree('/e')
  expect(disk.exists('/e')).toBe(false)
  expect(() => disk.open('/e/f', 'write')).toThrow('ENOENT')
})
