import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { getPriority } from 'node:os'
import { resolve } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const FILE = pathToFileURL(resolve(import.meta.dirname, 'threadPriority.ts')).href
const PROGRAM = `
  import { getPriority } from 'node:os'
  const { standBack } = await import(${JSON.stringify(FILE)})
  const before = getPriority(0)
  standBack(3)
  console.log(before, getPriority(0))`

/** The tests' own: what they start goes on from there. */
const OWN = getPriority()
const MOST = 19

/** Niceness of a thread before it stands back by 3, and after, in a process that was started `niceness` above the tests'. */
function nicenessFrom(niceness: number): string {
  const command = [process.execPath, '--input-type=module', '-e', PROGRAM]
  return execFileSync('nice', ['-n', `${niceness}`, ...command], { encoding: 'utf8' }).trim()
}

const skip = process.platform === 'linux' ? false : 'only on Linux has a thread a niceness of its own'

describe('standBack', { skip }, () => {
  test('counts from what the process was started with, which only an administrator may go below', () => {
    assert.equal(nicenessFrom(5), `${Math.min(OWN + 5, MOST)} ${Math.min(OWN + 8, MOST)}`)
  })

  test('stays at the most there is', () => {
    assert.equal(nicenessFrom(18), `${Math.min(OWN + 18, MOST)} ${MOST}`)
  })
})
