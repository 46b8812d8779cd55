import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import { addressOfPublicKey } from '../../src/protocol/index.ts'
import { failed, PASSED, type TestCase, type Verdict } from '../testCase.ts'

type KeyAddressTest = { seed: string; key: string; addr: string }

/**
 * Keys and their addresses. The signature that stands beside is not compared: no known hash of the empty string makes
 * any library recover this address from it.
 */
export function* keyAddressCases(json: KeyAddressTest[]): Generator<TestCase> {
  for (const test of json)
    yield { name: test.seed, kind: 'keyAddress', fork: '-', run: () => runKeyAddress(test) }
}

function runKeyAddress(test: KeyAddressTest): Verdict {
  const key = bytesToHex(keccak256(new TextEncoder().encode(test.seed)))
  if (key !== `0x${test.key}`) return failed('keccak256 differs', test.key, key)
  const address = bytesToHex(addressOfPublicKey(secp256k1.getPublicKey(hexToBytes(key), false)))
  return address === `0x${test.addr}` ? PASSED : failed('address differs', test.addr, address)
}
