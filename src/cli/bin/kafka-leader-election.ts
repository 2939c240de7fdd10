#!/usr/bin/env node
// The command kafka-leader-election.
import { runTool } from '../run-tool.ts'

await runTool('kafka-leader-election')
