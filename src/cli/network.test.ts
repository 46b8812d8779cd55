import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newsLine, parseNetworkOptions } from './network.ts'

describe('parseNetworkOptions', () => {
  it('takes its own options, and leaves all others to the sequencer', () => {
    const args = ['--base-port=9000', '--block-ms', '500', '--data', 'x', '--fresh', '--dev']
    assert.deepEqual(parseNetworkOptions(args), {
      ok: true,
      options: { data: 'x', fresh: true, basePort: 9000, sequencerArgs: ['--block-ms', '500', '--dev'] },
    })
  })

  it('refuses what the network says to its nodes, and what can not be', () => {
    for (const args of [['--port', '1'], ['--feed-port=1'], ['--data'], ['--base-port', '65530'], ['--help']])
      assert.equal(parseNetworkOptions(args).ok, false, args.join(' '))
  })
})

describe('newsLine', () => {
  it('shows what needs attention, with the name of the node', () => {
    const news = { name: 'replica 1', level: 'warn', event: 'source_left', text: 'Left a source' }
    assert.equal(newsLine(news), '[replica 1] Left a source\n')
    assert.equal(newsLine({ ...news, level: 'info' }), undefined)
  })
})
