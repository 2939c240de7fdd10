#!/usr/bin/env node
// The command kafka-get-offsets.
import { runTool } from '../run-tool.ts'

await runTool('kafka-get-offsets')
