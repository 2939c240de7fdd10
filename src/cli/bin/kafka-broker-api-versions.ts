#!/usr/bin/env node
// The command kafka-broker-api-versions.
import { runTool } from '../run-tool.ts'

await runTool('kafka-broker-api-versions')
