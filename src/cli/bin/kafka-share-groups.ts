#!/usr/bin/env node
// The command kafka-share-groups.
import { runTool } from '../run-tool.ts'

await runTool('kafka-share-groups')
