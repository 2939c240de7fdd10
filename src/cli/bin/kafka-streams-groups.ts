#!/usr/bin/env node
// The command kafka-streams-groups.
import { runTool } from '../run-tool.ts'

await runTool('kafka-streams-groups')
