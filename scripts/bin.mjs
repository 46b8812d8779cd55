#!/usr/bin/env node
// The program `leveret` of an installed package: checks Node's version as `npm start` does, then starts dist/.
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)))
await import('./run.mjs')
