#!/usr/bin/env node
// The command kafka-server-stop.
import { stopServers } from '../server-scripts.ts'

stopServers(process.argv.slice(2))
