#!/usr/bin/env node
// The command kafka-consumer-perf-test.
import { runTool } from '../run-tool.ts'

await runTool('kafka-consumer-perf-test')
