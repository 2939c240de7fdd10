// Replays docker/Dockerfile in plain directories, a directory per stage: COPY copies, RUN runs with
// the paths of the image put below it, as far as they are its own. Shows that the steps work and
// what they leave; not that the bases do. `npx tsx test/support/image-steps.ts DIR` leaves it in DIR.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { instructionsOf } from './dockerfile.ts'

const projectRoot = fileURLToPath(new URL('../../', import.meta.url))
const imagePath = /(?<=^|\s)\/(?=(usr|opt|var|mnt|etc|bitnami)\b)/g

/** The stage that the Dockerfile ends with, below `directory`. */
export function replayImage(directory: string): string {
  let stage = ''
  let workingDirectory = ''
  const text = readFileSync(join(projectRoot, 'docker/Dockerfile'), 'utf8')
  const inStage = (path: string): string =>
    path.startsWith('/') ? join(stage, path) : join(stage, workingDirectory, path)
  for (const { keyword, text: given } of instructionsOf(text)) {
    if (keyword === 'FROM') {
      stage = join(directory, / AS (\S+)/.exec(given)?.[1] ?? 'image')
      for (const path of ['usr/local/bin', 'usr/local/lib', 'opt', 'bin']) {
        mkdirSync(join(stage, path), { recursive: true })
      }
    }
    if (keyword === 'WORKDIR') {
      workingDirectory = given
      mkdirSync(inStage('.'), { recursive: true })
    }
    if (keyword === 'COPY') copy(given)
    if (keyword === 'RUN') {
      const command = given.replaceAll(imagePath, `${stage}/`).replace('chown -R node:node', 'true')
      execFileSync('/bin/sh', ['-c', command], { cwd: inStage('.'), stdio: 'inherit' })
    }
  }
  return stage

  function copy(given: string): void {
    const [, from] = /^--from=(\S+) /.exec(given) ?? []
    const words = given.replace(/^--\S+ /, '').split(' ')
    const target = words.pop() ?? '.'
    for (const word of words) {
      const source = join(from === undefined ? projectRoot : join(directory, from), word)
      const into = target.endsWith('/') ? join(inStage(target), basename(word)) : inStage(target)
      cpSync(source, into, {
        recursive: true,
        verbatimSymlinks: true,
      })
    }
  }
}

const directory = process.argv[2]
if (directory === undefined) throw new Error('usage: image-steps.ts DIR')
process.stdout.write(`${replayImage(resolve(directory))}\n`)
