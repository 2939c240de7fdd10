#!/usr/bin/env node
// The command kafka-groups.
import { runTool } from '../run-tool.ts'

await runTool('kafka-groups')
