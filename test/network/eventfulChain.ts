import { encodeAbiParameters, encodeFunctionData } from 'viem'
import { asm, initCode } from '../../src/execution/testing/index.ts'
import { bytesToHex, concatBytes, fromBigInt } from '../../src/lib/index.ts'
import { HISTORY_CONTRACT, WITHDRAWAL_REQUESTS_CONTRACT } from '../../src/protocol/index.ts'
import {
  accounts,
  bytes,
  compile,
  createAddress,
  signAuthorization,
  signTransaction,
  type UnsignedTransaction,
} from '../lib/index.ts'
import { RecordedChain } from './RecordedChain.ts'

const GWEI = 10n ** 9n
const CHAIN_ID = 31337n
const STRANGER = bytes('0x00000000000000000000000000000000000cafe1')
/** Stores the hash of the block before, and logs. */
const HASH_READER = asm`PUSH1 1 NUMBER SUB BLOCKHASH PUSH0 SSTORE PUSH1 32 PUSH0 LOG0 STOP`
const SELF_DESTRUCTING = asm`ADDRESS SELFDESTRUCT`
/** Creates a contract that is gone at the transaction's end. */
const SHORT_LIVED = asm`PUSH3 ${asm`ADDRESS SELFDESTRUCT`} PUSH0 MSTORE PUSH1 2 PUSH1 30 PUSH0 CREATE STOP`

type Fields = Partial<Omit<UnsignedTransaction, 'chainId'>> & { by?: number; chainId?: bigint | undefined }

/** Signs the next transactions of a new chain's accounts. */
class Wallet {
  readonly #nonces = new Map<number, bigint>()

  /** @param fields.to - undefined: to an account that nobody uses. */
  sign({ by = 0, to = STRANGER, ...fields }: Fields = {}): Uint8Array {
    return this.#sign(by, { to, ...fields })
  }

  create(data: Uint8Array, by = 0): { raw: Uint8Array; address: Uint8Array } {
    const address = createAddress(bytes(accounts[by]!.address), this.#nonces.get(by) ?? 0n)
    return { raw: this.#sign(by, { data, gasLimit: 5_000_000n }), address }
  }

  #sign(by: number, { chainId = CHAIN_ID, ...fields }: Fields): Uint8Array {
    const nonce = fields.nonce ?? this.#nonces.get(by) ?? 0n
    if (nonce === (this.#nonces.get(by) ?? 0n)) this.#nonces.set(by, nonce + 1n)
    const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI }
    return signTransaction(
      { type: 2, chainId, gasLimit: 200_000n, ...fees, ...fields, nonce },
      accounts[by]!.key,
    )
  }
}

/** A chain on which something of everything happens; regular blocks of a second, no developer. */
export function eventfulChain(): RecordedChain {
  const recorded = new RecordedChain()
  const wallet = new Wallet()
  transferTokens(recorded, wallet)
  recorded.advance(980)
  const reader = wallet.create(initCode(HASH_READER), 2)
  recorded.send(
    reader.raw,
    wallet.create(initCode(SELF_DESTRUCTING), 2).raw,
    wallet.create(SHORT_LIVED, 2).raw,
  )
  recorded.advance(1000)
  // Comes with the block, before the header of the one before is there.
  recorded.send(wallet.sign({ by: 3, to: reader.address }), wallet.sign({ by: 3, type: 0 }))
  recorded.advance(10)
  recorded.send(...unusual(wallet, reader.address))
  recorded.advance(500)
  // One waits for the other.
  recorded.send(wallet.sign({ by: 5, nonce: 1n }))
  recorded.send(wallet.sign({ by: 5, nonce: 0n }))
  for (let i = 0; i < 3; i++) recorded.advance(1000)
  return recorded
}

function transferTokens(recorded: RecordedChain, wallet: Wallet): void {
  const { abi, bytecode } = compile('Token')
  const names = encodeAbiParameters([{ type: 'string' }, { type: 'string' }], ['Token', 'TOK'])
  const token = wallet.create(concatBytes(bytes(bytecode), bytes(names)))
  const call = (functionName: string, args: unknown[]): Uint8Array =>
    bytes(encodeFunctionData({ abi, functionName, args }))
  recorded.send(token.raw)
  recorded.send(
    wallet.sign({ to: token.address, data: call('mint', [accounts[1]!.address, 10n ** 24n]) }),
    // Has none to give: reverts.
    wallet.sign({ to: token.address, data: call('transfer', [accounts[1]!.address, 1n]) }),
    wallet.sign({ value: 5n }),
  )
  recorded.advance(20)
  const receiver = (i: number): string => bytesToHex(fromBigInt(BigInt(0xaa00 + (i % 40)), 20))
  const transfers = Array.from({ length: 300 }, (_, i) =>
    wallet.sign({ by: 1, to: token.address, data: call('transfer', [receiver(i), BigInt(i)]) }),
  )
  // More than one group of signatures and one batch of the engine.
  recorded.send(...transfers)
}

/** What the kernel's short way of recovering signers does not take, and what the block's end has to do with. */
function unusual(wallet: Wallet, delegate: Uint8Array): Uint8Array[] {
  const authorization = signAuthorization(
    { chainId: CHAIN_ID, address: delegate, nonce: 0n },
    accounts[7]!.key,
  )
  const forged = { ...authorization, r: 1n, s: 1n }
  const listed = [{ address: delegate, storageKeys: [new Uint8Array(32)] }]
  return [
    wallet.sign({ by: 4, type: 4, to: bytes(accounts[7]!.address), authorizations: [authorization, forged] }),
    wallet.sign({ by: 4, type: 1, to: delegate, accessList: listed }),
    wallet.sign({ by: 4, type: 0, data: new Uint8Array(60_000).fill(1), gasLimit: 3_000_000n }),
    // Asks EIP-2935's contract for the hash of block 1.
    wallet.sign({ by: 4, to: HISTORY_CONTRACT.address, data: fromBigInt(1n, 32) }),
    // A request that is to be told at the block's end (EIP-7002).
    wallet.sign({
      ...{ by: 4, to: WITHDRAWAL_REQUESTS_CONTRACT.address, value: GWEI },
      ...{ data: new Uint8Array(56).fill(7), gasLimit: 500_000n },
    }),
  ]
}
