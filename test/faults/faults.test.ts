import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { leveretPresent } from '../lib/index.ts'
import { noNamespaces } from './Namespace.ts'

const reason = leveretPresent() ? noNamespaces() : 'there is no node to start'

describe('a network under faults', { skip: reason ?? false }, () => {
  it('comes to one state, has told nothing else, and closes its gaps by itself', async () => {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'main.ts'),
      '--minutes',
      '0.2',
      '--seed',
      '5',
    ])
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 0, output)
    assert.match(output, /all members have the same block [1-9]/)
  })
})
