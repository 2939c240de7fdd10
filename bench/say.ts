// What the benchmark tells the terminal.

export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
