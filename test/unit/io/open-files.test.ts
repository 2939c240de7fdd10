import { expect, test } from 'vitest'
import { OpenFiles } from '../../../src/io/open-files.ts'
import type { OpenFile } from '../../../src/io/open-files.ts'

/** A file that knows whether it has its descriptor. */
class FakeFile implements OpenFile {
  wasUsed = false
  isBusy = false
  isOpen = false
  readonly #files: OpenFiles

  constructor(files: OpenFiles) {
    this.#files = files
  }

  open(open: () => number = () => 3): this {
    this.#files.open(this, open)
    this.isOpen = true
    return this
  }

  letGo(): void {
    this.isOpen = false
  }
}

function noDescriptorLeft(): Error {
  return Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
}

test('no more descriptors are open than the limit says', () => {
  const files = new OpenFiles(3)
  const all = Array.from({ length: 10 }, () => new FakeFile(files).open())
  expect(files.count).toBe(3)
  expect(all.filter(({ isOpen }) => isOpen).length).toBe(3)
})

test('what was used since the last look keeps its descriptor', () => {
  const files = new OpenFiles(3)
  const [hot, ...cold] = [1, 2, 3].map(() => new FakeFile(files).open())
  for (const file of cold) file.wasUsed = false
  new FakeFile(files).open()
  expect(hot?.isOpen).toBe(true)
  expect(cold.filter(({ isOpen }) => isOpen).length).toBe(1)
})

test('a file with a call under way keeps its descriptor, even beyond the limit', () => {
  const files = new OpenFiles(1)
  const busy = new FakeFile(files).open()
  busy.isBusy = true
  new FakeFile(files).open()
  expect(busy.isOpen).toBe(true)
  expect(files.count).toBe(2)
})

test('when the process has no descriptor left, others make room and the open is tried again', () => {
  const files = new OpenFiles(100)
  const others = Array.from({ length: 16 }, () => new FakeFile(files).open())
  let failures = 1
  const late = new FakeFile(files).open(() => {
    if (failures-- > 0) throw noDescriptorLeft()
    return 4
  })
  expect(late.isOpen).toBe(true)
  expect(others.filter(({ isOpen }) => !isOpen).length).toBe(2)
})

test('an open that fails for good says so, and other errors cost no descriptor', () => {
  const files = new OpenFiles(100)
  const fail = (code: string) => () => {
    throw Object.assign(new Error(code), { code })
  }
  expect(() => new FakeFile(files).open(fail('EMFILE'))).toThrow('EMFILE')
  const other = new FakeFile(files).open()
  expect(() => new FakeFile(files).open(fail('ENOENT'))).toThrow('ENOENT')
  expect(other.isOpen).toBe(true)
})

test('a lower limit takes effect at once', () => {
  const files = new OpenFiles(10)
  for (let n = 0; n < 10; n++) new FakeFile(files).open()
  files.limit(4)
  expect(files.count).toBe(4)
})
