#!/usr/bin/env node
// The program `leveret` of an installed package: checks Node's version as `npm start` does, then starts dist/bundle/.
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url))
process.argv.splice(1, 1, fileURLToPath(new URL('./run.mjs', import.meta.url)), entry)
await import('./run.mjs')
