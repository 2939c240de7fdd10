// Reads a Dockerfile: its instructions, with continued lines joined and comments left out.

export interface Instruction {
  readonly keyword: string
  readonly text: string
}

export function instructionsOf(dockerfile: string): readonly Instruction[] {
  return dockerfile
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, keyword = '', text = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
      return { keyword: keyword.toUpperCase(), text }
    })
}
