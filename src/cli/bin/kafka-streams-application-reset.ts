#!/usr/bin/env node
// The command kafka-streams-application-reset.
import { runTool } from '../run-tool.ts'

await runTool('kafka-streams-application-reset')
