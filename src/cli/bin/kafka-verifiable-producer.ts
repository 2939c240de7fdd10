#!/usr/bin/env node
// The command kafka-verifiable-producer.
import { runTool } from '../run-tool.ts'

await runTool('kafka-verifiable-producer')
