#!/usr/bin/env node
// The command kafka-storage.
import { runTool } from '../run-tool.ts'

await runTool('kafka-storage')
