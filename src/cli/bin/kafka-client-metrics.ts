#!/usr/bin/env node
// The command kafka-client-metrics.
import { runTool } from '../run-tool.ts'

await runTool('kafka-client-metrics')
