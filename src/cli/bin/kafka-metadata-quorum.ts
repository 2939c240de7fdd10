#!/usr/bin/env node
// The command kafka-metadata-quorum.
import { runTool } from '../run-tool.ts'

await runTool('kafka-metadata-quorum')
