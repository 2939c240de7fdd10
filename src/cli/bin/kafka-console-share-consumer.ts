#!/usr/bin/env node
// The command kafka-console-share-consumer.
import { runTool } from '../run-tool.ts'

await runTool('kafka-console-share-consumer')
