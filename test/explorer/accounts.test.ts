import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { privateKeyToAddress } from 'viem/accounts'
import { DEVELOPER_ADDRESSES, DEVELOPER_KEYS } from '../../explorer/src/wallet/developerAccounts.ts'
import { DEVELOPER_ACCOUNTS } from '../../src/protocol/index.ts'

describe("the explorer's developer accounts", () => {
  it("are those of the node's local chain", () => {
    assert.deepEqual(
      DEVELOPER_KEYS,
      DEVELOPER_ACCOUNTS.map(({ privateKey }) => privateKey),
    )
    assert.deepEqual(
      DEVELOPER_ADDRESSES,
      DEVELOPER_ACCOUNTS.map(({ address }) => address.toLowerCase()),
    )
  })

  it('have the addresses of their keys', () => {
    assert.deepEqual(
      DEVELOPER_KEYS.map((key) => privateKeyToAddress(key).toLowerCase()),
      DEVELOPER_ADDRESSES,
    )
  })
})
