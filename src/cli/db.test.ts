import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dbHelpText, parseDbOptions } from './db.ts'
import { ProgressBar } from './ProgressBar.ts'

describe('parseDbOptions', () => {
  it('reads each command with its folder and file', () => {
    for (const command of ['verify', 'snapshot', 'prune']) {
      assert.deepEqual(parseDbOptions([command, '--data', 'x']), {
        ok: true,
        options: { command, file: '', data: 'x', keepLog: false },
      })
    }
    for (const command of ['export', 'import']) {
      assert.deepEqual(parseDbOptions(['--data=a=b', command, 'f.json', '--history', 'all']), {
        ok: true,
        options: { command, file: 'f.json', data: 'a=b', keepLog: true },
      })
    }
  })

  for (const [args, message] of [
    [[], /^db needs a command: one of verify, snapshot, prune, export, import\.$/],
    [['repair'], /^There is no command db repair: one of/],
    [['export'], /^db export needs a file: db export FILE$/],
    [['verify', 'x'], /^db verify takes no argument x\.$/],
    [['import', 'a', 'b'], /^db import takes no argument b\.$/],
    [['verify', '--data'], /^--data needs a value\.$/],
    [['verify', '--fast'], /^Unknown option --fast\. See db --help\.$/],
    [['prune', '--history', 'some'], /^--history some: expected a number of blocks, or all\.$/],
  ] as const) {
    it(`refuses db ${args.join(' ')}`, () => {
      const parsed = parseDbOptions(args)
      assert.ok(!parsed.ok && !parsed.isHelp)
      assert.match(parsed.message, message)
    })
  }

  it('explains every command', () => {
    for (const name of ['verify', 'snapshot', 'prune', 'export', 'import', '--data', '--history'])
      assert.match(dbHelpText(), new RegExp(`^  ${name}\\b`, 'm'))
  })
})

describe('ProgressBar', () => {
  it('says how far work is and how long it takes yet, in one line on a terminal', () => {
    const { bar, written, clock } = shown(true)
    bar.show({ what: 'hashing', done: 0, total: 200 })
    assert.deepEqual(written, [], 'work that is done at once needs no bar')
    clock.nowMs = 10_000
    bar.show({ what: 'hashing', done: 50, total: 200 })
    assert.match(written.at(-1)!, /^\r.*hashing {2}█{8}░{22} {2}25 % {2}10 s, 30 s left$/)
    bar.show({ what: 'hashing', done: 51, total: 200 })
    assert.equal(written.length, 1, 'not at every step')
    bar.end()
    assert.equal(written.at(-1), '\r\x1b[2K')
  })

  it('writes lines where there is no terminal', () => {
    const { bar, written, clock } = shown(false)
    bar.show({ what: 'hashing', done: 0, total: 0 })
    clock.nowMs = 6000
    bar.show({ what: 'hashing', done: 200, total: 200 })
    bar.end()
    assert.deepEqual(written, ['hashing: 100 %  6 s\n'])
  })
})

function shown(isTTY: boolean) {
  const written: string[] = []
  const clock = { nowMs: 0 }
  const out = { isTTY, write: (text: string) => written.push(text) }
  return { bar: new ProgressBar(out, () => clock.nowMs), written, clock }
}
