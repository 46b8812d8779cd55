import type { ComponentChildren } from 'preact'
import { keccak256 } from 'viem'
import type { VerifiedAccount } from '../../../src/client/index.ts'
import type { Account } from '../chain/read.ts'
import { useProof } from '../chain/useProof.ts'
import type { Query } from '../chain/useQuery.ts'
import { newestHeader, verification } from '../chain/verification.ts'
import { formatInteger, formatWei } from '../lib/format.ts'
import type { Hex } from '../lib/hex.ts'
import { BlockLink } from './Address.tsx'

/** Whether an account is as it is shown, by a proof against a header that this browser has verified. */
export function AccountProof({ address, account }: { address: Hex; account: Account }) {
  const { balance, nonce, code } = account
  const isProven = (proven: VerifiedAccount) =>
    proven.balance === balance && proven.nonce === BigInt(nonce) && proven.codeHash === keccak256(code)
  const query = useProof(address, [], { version: `${balance} ${nonce} ${code.length}`, isProven })
  return (
    <Outcome query={query} isProven={isProven} what="balance, nonce and code">
      {(proven) => `${formatWei(proven.balance, 18)}, nonce ${formatInteger(proven.nonce)}`}
    </Outcome>
  )
}

export type Slot = { key: Hex; value: Hex }

/** The same of slots. */
export function SlotProof({ address, slots }: { address: Hex; slots: readonly Slot[] }) {
  const differing = ({ storage }: VerifiedAccount) =>
    storage.filter(({ value }, i) => value !== BigInt(slots[i]!.value))
  const isProven = (proven: VerifiedAccount) => differing(proven).length === 0
  const keys = slots.map(({ key }) => key)
  const query = useProof(address, keys, { version: slots.map(({ value }) => value).join(), isProven })
  if (newestHeader.value === undefined) return null
  return (
    <p class="note">
      <Outcome query={query} isProven={isProven} what={slots.length === 1 ? 'this slot' : 'these slots'}>
        {(proven) => `other values in ${formatInteger(differing(proven).length)} of them`}
      </Outcome>
    </p>
  )
}

type OutcomeProps = {
  query: Query<VerifiedAccount>
  isProven: (proven: VerifiedAccount) => boolean
  /** What is shown. */
  what: string
  /** What is proven, where it is something else. */
  children: (proven: VerifiedAccount) => ComponentChildren
}

function Outcome({ query, isProven, what, children }: OutcomeProps) {
  if (query.state === 'loading') return <>The proof is read …</>
  if (query.state === 'failed') return <span class="problem breakable">No: {query.error.message}.</span>
  const block = <BlockLink number={Number(query.data.blockNumber)} />
  if (isProven(query.data))
    return (
      <>
        <span class="badge good">proven</span> {what} in the state after block {block}
      </>
    )
  return (
    <>
      After block {block}: {children(query.data)}. What is shown is newer, or not true.
    </>
  )
}

/** Says, where a green line stands above, that what is below is not covered by it. */
export function NodesWord({ what }: { what: string }) {
  if (verification.value.state !== 'verified') return null
  return (
    <p class="note">
      {what} the node’s word: what this browser verifies are blocks, transactions, receipts and, by proof,
      accounts.
    </p>
  )
}
