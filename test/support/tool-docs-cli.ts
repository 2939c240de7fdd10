// npm run docs: docs/tools.md and package.json's commands.
import { writeToolDocs } from './tool-docs.ts'

await writeToolDocs()
