/**
 * What the compiler makes of small programs, as text in fixtures/. After a change of the compiler, look at what changed
 * in it: node --test --test-update-snapshots src/evm/compiler/goldenText.test.ts
 */
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { compiledText, program } from './testing/index.ts'

/** Adds one; long enough to be shared when it is called often, and most of it emits nothing. */
const FUNCTION = `f: ${'DUP1 POP '.repeat(40)} PUSH 1 ADD SWAP1 JUMP`
const CALLS = Array.from({ length: 70 }, (_, i) => `@back${i} CALLVALUE @f JUMP back${i}: POP`)
/** The function and its first call. */
const LINES_SHOWN = 75

const SNIPPETS: Record<string, string> = {
  'counting-loop': 'PUSH0 loop: PUSH 1 ADD DUP1 CALLDATASIZE GT @loop JUMPI PUSH0 MSTORE STOP',
  'add-two-words': 'PUSH0 CALLDATALOAD PUSH 32 CALLDATALOAD ADD PUSH0 MSTORE STOP',
  'mask-to-160-bits': `PUSH0 CALLDATALOAD PUSH20 0x${'f'.repeat(40)} AND BALANCE PUSH0 MSTORE STOP`,
  'mstore-to-known-offset': 'CALLER PUSH 64 MSTORE PUSH 7 PUSH 64 MSTORE STOP',
  'mapping-slot': 'CALLER PUSH0 MSTORE PUSH 3 PUSH 32 MSTORE PUSH 64 PUSH0 KECCAK256 SLOAD POP STOP',
  sload: 'PUSH 5 SLOAD PUSH 1 ADD PUSH 5 SSTORE STOP',
  call: 'PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 CALLER GAS CALL @fine JUMPI PUSH0 PUSH0 REVERT fine: STOP',
  'branch-to-revert': 'CALLVALUE @bad JUMPI CALLER PUSH0 SSTORE STOP bad: PUSH0 PUSH0 REVERT',
  gas: 'GAS GAS SUB PUSH0 MSTORE STOP',
}

describe('the text of compiled code', () => {
  for (const [name, text] of Object.entries(SNIPPETS)) {
    it(`is as it was for ${name}`, (test) => check(test, name, text, compiledText(program(text))))
  }

  it('is as it was for a shared function', (test) => {
    const padding = 'PUSH32 0 POP '.repeat(3) // addresses below 0x60 are taken for numbers
    const whole = compiledText(program(`${padding} ${CALLS.join(' ')} STOP ${FUNCTION}`)).split('\n')
    check(test, 'shared-function', FUNCTION, whole.slice(0, LINES_SHOWN).join('\n'))
  })
})

function check(test: TestContext, name: string, source: string, text: string): void {
  const file = join(import.meta.dirname, 'fixtures', `${name}.txt`)
  test.assert.fileSnapshot(`${source}\n\n${text}`, file, { serializers: [String] })
}
