#!/usr/bin/env node
// The command kafka-console-consumer.
import { runTool } from '../run-tool.ts'

await runTool('kafka-console-consumer')
