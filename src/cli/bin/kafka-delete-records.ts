#!/usr/bin/env node
// The command kafka-delete-records.
import { runTool } from '../run-tool.ts'

await runTool('kafka-delete-records')
