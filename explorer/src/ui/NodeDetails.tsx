import type { ComponentChildren } from 'preact'
import { isBehind } from '../chain/isBehind.ts'
import { nodeStatus } from '../chain/nodeStatus.ts'
import { verifyAgain } from '../chain/verification.ts'
import type { Verification, Verified } from '../chain/verifyWorker.ts'
import { count, formatInteger } from '../lib/format.ts'
import type { RpcNodeStatus } from '../rpc/index.ts'
import { type Fact, Facts } from './Card.tsx'
import { followedText, lagText, roleName } from './nodeWords.ts'
import { SequencerKey } from './SequencerKey.tsx'

const MEANINGS: Record<string, string> = {
  sequencer: 'it orders and executes the transactions.',
  replica: 'it takes in what the sequencer has signed, and executes nothing itself.',
  fullNode: 'it executes again what the sequencer has signed.',
}

/** What the strip says, at length, and how to have another key trusted. */
export function NodeDetails({ verification }: { verification: Verification }) {
  const status = nodeStatus.value
  return (
    <div class="card">
      <Facts
        facts={[
          status && ['This node', `${roleName(status)}: ${MEANINGS[status.role] ?? ''}`],
          followingFact(status),
          ['Checked here', <Explanation of={verification} />],
          ['Signing key', <SequencerKey />],
        ]}
      />
    </div>
  )
}

function followingFact(status: RpcNodeStatus | undefined): Fact {
  if (!status?.following) return undefined
  const { following } = status
  const text = followedText(following)
  return [
    'It follows',
    <span class="breakable">
      {following.source === null ? text : `${text}, ${lagText(following)} behind`}
    </span>,
  ]
}

function Explanation({ of }: { of: Verification }): ComponentChildren {
  switch (of.state) {
    case 'connecting':
      return 'The page connects to the node’s stream of signed entries.'
    case 'absent':
      return 'Nothing: the node passes no stream of signed entries on (--feed-port). What is shown is its word.'
    case 'verified':
      return (
        <>
          {isBehind.value && (
            <p class="late">
              What is shown is newer than what has been checked: this device is too slow for the stream, or
              the node keeps it back.
            </p>
          )}
          <Checked {...of} />
        </>
      )
    case 'failed':
      return (
        <>
          <p class="problem breakable">{of.message}.</p>
          {of.verified !== undefined && <Checked {...of.verified} />}
          <p>
            <button type="button" class="small" onClick={verifyAgain}>
              Verify again
            </button>
          </p>
        </>
      )
  }
}

function Checked({ first, newest, blocks, transactions, headers }: Verified) {
  const block = headers.at(-1)?.number
  return (
    <>
      <p>
        Mini-blocks {formatInteger(first)} to {formatInteger(newest)} with{' '}
        {count(transactions, 'transaction')} and {count(blocks, 'header')}
        {block !== undefined && `, the newest of block ${formatInteger(block)}`}: signed by the key below, in
        order, without a gap; each header names its parent and has the roots of the transactions and receipts
        that were signed. The blocks that the page lists have the hashes of these headers.
      </p>
      <p>
        Accounts and slots are checked by proof where it says “proven”. What is older, and calls and changes
        of transactions, are the node’s word.
      </p>
    </>
  )
}
