#!/usr/bin/env node
// The command kafka-producer-perf-test.
import { runTool } from '../run-tool.ts'

await runTool('kafka-producer-perf-test')
