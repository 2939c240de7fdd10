#!/usr/bin/env node
// The command kafka-features.
import { runTool } from '../run-tool.ts'

await runTool('kafka-features')
