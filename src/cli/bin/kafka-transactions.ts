#!/usr/bin/env node
// The command kafka-transactions.
import { runTool } from '../run-tool.ts'

await runTool('kafka-transactions')
