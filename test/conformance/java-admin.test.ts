// An unmodified Java program that calls every method of Kafka's Admin (test/java/AdminCalls.java): what
// comes of each call is what came of it on a fresh Apache Kafka 4.3.1 of one node, where
// vectors/java-admin.txt was recorded. Where Java or Maven is missing one line says so.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTestBroker } from '../support/broker.ts'
import { compileJava, jars, runJava } from '../support/java.ts'
import { projectRoot } from '../support/program.ts'

const found = await jars('clients')

if ('missing' in found) {
  test('the Java client is not here', () => {
    console.log(`The Java Admin's test did not run: ${found.missing}.`)
    expect(found.missing).toContain('is not here')
  })
} else {
  const { classPath } = found
  test('every call of the Java Admin answers as on Apache Kafka', async () => {
    const source = join(projectRoot, 'test/java/AdminCalls.java')
    const classes = await compileJava([source], classPath)
    const broker = await startTestBroker()
    try {
      const { lines, stderr } = await runJava(`${classes}:${classPath}`, 'AdminCalls', [
        broker.bootstrap,
      ])
      expect(lines, stderr).toEqual(recorded())
      expect(lines.at(-1)).toBe('never called: []')
    } finally {
      await broker.stop()
    }
  })
}

function recorded(): string[] {
  const text = readFileSync(join(projectRoot, 'test/conformance/vectors/java-admin.txt'), 'utf8')
  return text.trimEnd().split('\n')
}
