import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { EventLog } from './EventLog.ts'
import type { LogLine } from './events.ts'
import { textLine } from './textLine.ts'
import { withoutSecrets } from './withoutSecrets.ts'

describe('EventLog', () => {
  it('gives five lines of an event that repeats itself, then how many more there were', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const lines: LogLine[] = []
      const log = new EventLog((line) => lines.push(line))
      for (let count = 1; count <= 9; count++) log.tell('request_failed', { count })
      log.tell('started')
      assert.deepEqual(
        lines.map(({ event, fields }) => [event, fields]),
        [...[1, 2, 3, 4, 5].map((count) => ['request_failed', { count }]), ['started', {}]],
      )
      mock.timers.tick(10_000)
      assert.deepEqual(
        lines.slice(6).map(({ event, fields }) => [event, fields]),
        [['request_failed', { count: 9, suppressed: 4 }]],
      )
      log.tell('request_failed', { count: 10 })
      assert.deepEqual(lines.at(-1)?.fields, { count: 10 })
    } finally {
      mock.timers.reset()
    }
  })

  it('tells at its end what it has suppressed', () => {
    const lines: LogLine[] = []
    const log = new EventLog((line) => lines.push(line))
    for (let count = 1; count <= 7; count++) log.tell('compiler_warning', { reason: 'slow' })
    log.close()
    assert.deepEqual(lines.at(-1)?.fields, { reason: 'slow', suppressed: 2 })
    assert.equal(lines.length, 6)
  })
})

describe('textLine', () => {
  it('shows time, level, message and fields', () => {
    const line = {
      ...({ level: 'warn', event: 'recovered', message: 'Sealing is behind' } as const),
      fields: { block: 12n, reason: 'a b', none: undefined, list: [1n] },
    }
    assert.equal(
      textLine(line, new Date('2026-01-02T03:04:05.678Z')),
      '03:04:05.678 warn  Sealing is behind  block=12 reason="a b" list=["1"]\n',
    )
  })
})

describe('withoutSecrets', () => {
  it('shows settings, and of URLs only where they lead', () => {
    const settings = {
      ...{ port: 1, fresh: false, chainId: 5n, history: Number.POSITIVE_INFINITY, data: '/a/b' },
      ...{ forkUrl: 'https://me:pass@host:1/v2/key?token=x', corsOrigins: ['https://page.example', '*'] },
      ...{ genesis: '{'.repeat(2000), bad: 'http://[', onFailure: () => {}, nothing: undefined },
    }
    assert.deepEqual(withoutSecrets(settings), {
      ...{ port: 1, fresh: false, chainId: '5', history: 'Infinity', data: '/a/b' },
      ...{ forkUrl: 'https://host:1/…', corsOrigins: ['https://page.example', '*'] },
      ...{ genesis: '2000 characters', bad: '(a URL)' },
    })
  })
})
