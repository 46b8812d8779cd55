#!/usr/bin/env node
// The program `leveret` of an installed package: checks Node's version as `npm start` does, then starts dist/.
import { fileURLToPath } from 'node:url'

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
process.argv.splice(1, 1, fileOf('run.mjs'), fileOf('../dist/cli/main.js'))
await import('./run.mjs')
