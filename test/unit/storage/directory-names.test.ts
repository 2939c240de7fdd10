import { expect, test } from 'vitest'
import { DirectoryNames } from '../../../src/storage/directory-names.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

/** A disk whose syncs end, one by one, when the test says so. */
function world() {
  const disk = new SimDisk()
  const pending: (() => void)[] = []
  let begun = 0
  disk.latency = () => {
    begun += 1
    return new Promise((resolve) => pending.push(resolve))
  }
  const make = (path: string): number => {
    disk.makeDirectory(path)
    return names.mark(path)
  }
  const names = new DirectoryNames(disk)
  const endOne = async (): Promise<void> => {
    pending.shift()?.()
    await settle()
  }
  return { disk, names, make, endOne, begunCount: () => begun }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('names that are there when a sync begins share it, also who asks when it has ended', async () => {
  const { names, make, endOne, begunCount } = world()
  const marks = ['/data/a-0', '/data/a-1', '/data/a-2'].map((path) => make(path))
  const first = names.sync('/data/a-0', marks[0])
  const second = names.sync('/data/a-1', marks[1])
  await endOne()
  await Promise.all([first, second, names.sync('/data/a-2', marks[2])])
  expect(begunCount()).toBe(1)
})

test('a name that came while a sync ran waits for one that begins later', async () => {
  const { names, make, endOne, begunCount } = world()
  const first = names.sync('/data/a-0', make('/data/a-0'))
  let isDurable = false
  const late = names.sync('/data/b-0', make('/data/b-0')).then(() => (isDurable = true))
  await endOne()
  await first
  expect([isDurable, begunCount()]).toEqual([false, 2])
  await endOne()
  await late
  expect(isDurable).toBe(true)
})

test('a sync that failed counts for nobody', async () => {
  const { disk, names, make, endOne, begunCount } = world()
  const marks = ['/data/a-0', '/data/a-1'].map((path) => make(path))
  disk.fail({ call: 'sync', code: 'EIO', times: 1 })
  const first = expect(names.sync('/data/a-0', marks[0])).rejects.toThrow('EIO')
  await endOne()
  await first
  const again = names.sync('/data/a-1', marks[1])
  expect(begunCount()).toBe(2)
  await endOne()
  await again
})

test('without a mark the name is as young as the call', async () => {
  const { names, make, endOne, begunCount } = world()
  const first = names.sync('/data/a-0', make('/data/a-0'))
  await endOne()
  await first
  const second = names.sync('/data/a-0')
  expect(begunCount()).toBe(2)
  await endOne()
  await second
})

test('each directory above has its own syncs', async () => {
  const { names, make, endOne, begunCount } = world()
  const all = [
    names.sync('/data/a-0', make('/data/a-0')),
    names.sync('/other/a-1', make('/other/a-1')),
  ]
  expect(begunCount()).toBe(2)
  await endOne()
  await endOne()
  await Promise.all(all)
})
