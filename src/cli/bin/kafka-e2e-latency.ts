#!/usr/bin/env node
// The command kafka-e2e-latency.
import { runTool } from '../run-tool.ts'

await runTool('kafka-e2e-latency')
