#!/usr/bin/env node
// The command kafka-delegation-tokens.
import { runTool } from '../run-tool.ts'

await runTool('kafka-delegation-tokens')
