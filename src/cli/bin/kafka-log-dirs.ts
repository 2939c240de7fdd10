#!/usr/bin/env node
// The command kafka-log-dirs.
import { runTool } from '../run-tool.ts'

await runTool('kafka-log-dirs')
