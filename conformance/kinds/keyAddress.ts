import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak256 } from '../../src/kernels/index.ts'
import { recoverAddress } from '../../src/protocol/index.ts'
import { failed, PASSED, type TestCase, type Verdict } from '../testCase.ts'

type KeyAddressTest = {
  seed: string
  key: string
  addr: string
  sig_of_emptystring: { v: string; r: string; s: string }
}

/** Keys, their addresses, and recovery of the signer of keccak256(""). */
export function* keyAddressCases(json: KeyAddressTest[]): Generator<TestCase> {
  for (const test of json)
    yield { name: test.seed, kind: 'keyAddress', fork: '-', run: () => runKeyAddress(test) }
}

function runKeyAddress(test: KeyAddressTest): Verdict {
  const key = hex(keccak256(new TextEncoder().encode(test.seed)))
  if (key !== test.key) return failed('keccak256 differs', test.key, key)
  const publicKey = secp256k1.getPublicKey(Buffer.from(test.key, 'hex'), false)
  const address = hex(keccak256(publicKey.subarray(1)).subarray(12))
  if (address !== test.addr) return failed('address differs', test.addr, address)
  const { v, r, s } = test.sig_of_emptystring
  const signer = recoverAddress(keccak256(new Uint8Array(0)), Number(v) - 27, BigInt(r), BigInt(s))
  const received = signer === undefined ? 'no signer' : hex(signer)
  return received === test.addr ? PASSED : failed('recovered signer differs', test.addr, received)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
