import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultOptions, parseOptions } from './options.ts'
import { replicaProblem } from './replicaProblem.ts'

function problemOf(args: string[], isReplica = true): string | undefined {
  const parsed = parseOptions(args)
  return parsed.ok ? replicaProblem(parsed.options, defaultOptions(), isReplica) : parsed.message
}

describe('options of a replica', () => {
  it('name sources in order, with commas or one by one', () => {
    const parsed = parseOptions(['--from', 'tcp://a:1, tls://b:2', '--from=tcp://[::1]:3'])
    assert.ok(parsed.ok)
    assert.deepEqual(parsed.options.replica.from, ['tcp://a:1', 'tls://b:2', 'tcp://[::1]:3'])
    assert.equal(problemOf(['--from', 'tcp://a:1', '--port', '0', '--history', 'all']), undefined)
  })

  it('need a source that is one', () => {
    assert.match(problemOf([])!, /needs the address/)
    assert.match(problemOf(['--from', 'http://a:1'])!, /no address like tcp/)
    assert.match(problemOf(['--from', 'tcp://a:1', '--sequencer', '0x12'])!, /40 hex digits/)
  })

  it('are no others than those that a replica has a use for', () => {
    for (const args of [
      ['--block-ms', '5'],
      ['--chain-id', '7'],
      ['--accounts', '3'],
      ['--dev'],
      ['--no-mining'],
      ['--threads', '2'],
    ])
      assert.match(problemOf(['--from', 'tcp://a:1', ...args])!, new RegExp(`^${args[0]} is of no use`))
  })

  it('are of no use for a sequencer', () => {
    assert.match(problemOf(['--from', 'tcp://a:1'], false)!, /^--from is of use for a replica only/)
    assert.match(problemOf(['--sequencer', `0x${'12'.repeat(20)}`], false)!, /^--sequencer/)
    assert.equal(problemOf(['--port', '0'], false), undefined)
  })
})
