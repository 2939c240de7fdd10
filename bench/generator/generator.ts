// The generator as seen by who measures: starts the process, sends it a task, gets the figures.
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Figures } from '../figures.ts'
import type { GeneratorAnswer } from './process.ts'
import type { Task } from './tasks.ts'

const script = fileURLToPath(new URL('process.ts', import.meta.url))

export class Generator {
  readonly #process: ChildProcess

  constructor() {
    this.#process = fork(script, { execArgv: ['--import', 'tsx'] })
  }

  /** @throws Error that names the task, with what the broker or the generator said */
  async run(task: Task): Promise<Figures> {
    const answer = await new Promise<GeneratorAnswer>((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`the generator ended with code ${code}`))
      this.#process.once('exit', onExit)
      this.#process.once('message', (message: GeneratorAnswer) => {
        this.#process.off('exit', onExit)
        resolve(message)
      })
      this.#process.send(task)
    })
    if ('error' in answer) throw new Error(`${task.kind} of ${task.topic}: ${answer.error}`)
    return answer.figures
  }

  end(): void {
    if (this.#process.connected) this.#process.disconnect()
  }
}
