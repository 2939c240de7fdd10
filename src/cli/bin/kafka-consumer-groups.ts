#!/usr/bin/env node
// The command kafka-consumer-groups.
import { runTool } from '../run-tool.ts'

await runTool('kafka-consumer-groups')
