#!/usr/bin/env node
// The command kafka-server-start.
import { startServer } from '../server-scripts.ts'

await startServer(process.argv.slice(2))
