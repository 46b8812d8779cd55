import { useState } from 'preact/hooks'
import { abisFor, decodeError, showValue, unknownError } from '../abi/index.ts'
import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { formatInteger, formatMs } from '../lib/format.ts'
import { toNumber } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import type { RpcCall } from '../rpc/index.ts'
import { callOf, type Draft, isRevert, revertData, type Sent, signer } from '../wallet/index.ts'
import { FullAddress, TransactionLink } from './Address.tsx'
import { CALL_TRACE, CallTree } from './CallTree.tsx'
import { QueryView } from './QueryView.tsx'

/** What became of something that was sent. */
export type Outcome =
  | { state: 'idle' }
  | { state: 'busy' }
  | { state: 'sent'; sent: Sent }
  | { state: 'failed'; error: Error; attempt: Draft | undefined }

/** Says what became of it, aloud too; its place is kept. */
export function SendOutcome({ outcome, to }: { outcome: Outcome; to: string | undefined }) {
  return (
    <div role="status" class="outcome">
      {outcome.state === 'busy' && <p class="note">Sending …</p>}
      {outcome.state === 'sent' && <SentNotice sent={outcome.sent} />}
      {outcome.state === 'failed' && (
        <>
          <div class="notice bad">
            <p>
              <strong>Not sent.</strong> {explain(outcome.error, to)}
            </p>
          </div>
          {outcome.attempt !== undefined && isRevert(outcome.error) && <Attempt draft={outcome.attempt} />}
        </>
      )}
    </div>
  )
}

/** The calls of what was not sent, since it would revert: where it does. */
function Attempt({ draft }: { draft: Draft }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        See the calls
      </button>
      {isOpen && <AttemptCalls draft={draft} />}
    </>
  )
}

function AttemptCalls({ draft }: { draft: Draft }) {
  const from = signer.value?.kind === 'developer' ? signer.value.address : undefined
  const call = callOf(draft, from)
  const query = useQuery(`attempt ${JSON.stringify(call)}`, () =>
    node.request<RpcCall>('debug_traceCall', [call, 'latest', CALL_TRACE]),
  )
  return (
    <QueryView query={query} what="the calls" lines={3}>
      {(root) => <CallTree root={root} />}
    </QueryView>
  )
}

function SentNotice({ sent: { receipt, elapsedMs } }: { sent: Sent }) {
  const isGood = receipt.status === '0x1'
  const made = isGood ? receipt.contractAddress : null
  return (
    <div class={`notice ${isGood ? 'good' : 'bad'}`}>
      <div>
        <p>
          <strong>{isGood ? 'Done' : 'It has failed'}</strong> in {formatMs(elapsedMs)}, with{' '}
          {formatInteger(toNumber(receipt.gasUsed))} gas: <TransactionLink hash={receipt.transactionHash} />
          {' · '}
          <a href={links.transaction(receipt.transactionHash, 'calls')}>calls</a>
          {' · '}
          <a href={links.transaction(receipt.transactionHash, 'state')}>state changes</a>
        </p>
        {made !== null && (
          <p>
            The contract: <FullAddress address={made} />
          </p>
        )}
      </div>
    </div>
  )
}

/** With a contract's own error: its name where that is known, else its selector. */
export function explain(error: Error, to: string | undefined): string {
  const data = revertData(error)
  if (data === undefined) return error.message
  const decoded = decodeError(abisFor(to), data)
  if (decoded === undefined) return [error.message, unknownError(data)].filter(Boolean).join(': ')
  if (decoded.name === 'Error' || decoded.name === 'Panic') return error.message
  const values = decoded.values.map(
    ({ name, value }) => `${name === '' ? '' : `${name}: `}${showValue(value)}`,
  )
  return `${error.message}: ${decoded.name}(${values.join(', ')})`
}
