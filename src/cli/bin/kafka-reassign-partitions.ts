#!/usr/bin/env node
// The command kafka-reassign-partitions.
import { runTool } from '../run-tool.ts'

await runTool('kafka-reassign-partitions')
