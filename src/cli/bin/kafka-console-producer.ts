#!/usr/bin/env node
// The command kafka-console-producer.
import { runTool } from '../run-tool.ts'

await runTool('kafka-console-producer')
