// Starts the four services of the order demo: first those that read, then the one that writes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const programs = []

/** Starts a service with our arguments; with `waitFor`, waits for output with that text. */
async function start(script, { waitFor } = {}) {
  const program = spawn(process.execPath, [script, ...process.argv.slice(2)], {
    cwd: folder,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  const ended = once(program, 'close').then(([code]) => code ?? 1)
  programs.push({ program, ended })
  const ready = new Promise((resolve) => {
    program.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text)
      if (text.includes(waitFor)) resolve(0)
    })
  })
  if (waitFor !== undefined && (await Promise.race([ready, ended])) !== 0) process.exit(1)
}

process.on('SIGINT', () => undefined) // ctrl-C reaches the services too: they end, and so do we
process.on('SIGTERM', () => programs.forEach(({ program }) => program.kill('SIGINT')))
await start('notification-service.js', { waitFor: 'ready' })
await start('inventory-service.js', { waitFor: 'ready' })
await start('payment-service.js', { waitFor: 'ready' })
await start('order-service.js')
const codes = await Promise.all(programs.map(({ ended }) => ended))
process.exitCode = Math.max(...codes)
