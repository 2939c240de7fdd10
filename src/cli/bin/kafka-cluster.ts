#!/usr/bin/env node
// The command kafka-cluster.
import { runTool } from '../run-tool.ts'

await runTool('kafka-cluster')
