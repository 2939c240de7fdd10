#!/usr/bin/env node
// The command kafka-configs.
import { runTool } from '../run-tool.ts'

await runTool('kafka-configs')
