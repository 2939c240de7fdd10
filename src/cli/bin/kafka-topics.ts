#!/usr/bin/env node
// The command kafka-topics.
import { runTool } from '../run-tool.ts'

await runTool('kafka-topics')
