// `npm run golden -- DIR...`: checks every golden vector in the directories.

import { checkFiles, findVectorFiles } from './golden.ts'

const failuresShown = 20

async function main(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) {
    process.stderr.write('usage: npm run golden -- DIR...\n')
    return 2
  }
  const { passed, failures } = await checkFiles(paths.flatMap(findVectorFiles))
  for (const { file, line, reason } of failures.slice(0, failuresShown)) {
    process.stdout.write(`${file}:${line}: ${reason}\n`)
  }
  if (failures.length > failuresShown) {
    process.stdout.write(`... and ${failures.length - failuresShown} more\n`)
  }
  process.stdout.write(`golden: ${passed} passed, ${failures.length} failed\n`)
  return failures.length === 0 && passed > 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
