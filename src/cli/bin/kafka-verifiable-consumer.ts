#!/usr/bin/env node
// The command kafka-verifiable-consumer.
import { runTool } from '../run-tool.ts'

await runTool('kafka-verifiable-consumer')
