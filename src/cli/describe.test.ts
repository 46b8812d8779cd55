import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError } from '../lib/index.ts'
import { describe } from './describe.ts'

test('describe gives the stack of what nobody foresaw, and of our own mistakes', () => {
  assert.equal(describe(new Error('full\n  next: make room')), 'full\n  next: make room')
  assert.match(describe(new Error('what')), /^Error: what\n {4}at /)
  assert.match(describe(new AssertionError('one is two')), /is two\n {2}next: .* the stack below\.\n {4}at /)
})
