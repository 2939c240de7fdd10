#!/usr/bin/env node
// The command kafka-share-consumer-perf-test.
import { runTool } from '../run-tool.ts'

await runTool('kafka-share-consumer-perf-test')
