#!/usr/bin/env node
// The command kafka-acls.
import { runTool } from '../run-tool.ts'

await runTool('kafka-acls')
