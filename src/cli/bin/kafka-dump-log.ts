#!/usr/bin/env node
// The command kafka-dump-log.
import { runTool } from '../run-tool.ts'

await runTool('kafka-dump-log')
