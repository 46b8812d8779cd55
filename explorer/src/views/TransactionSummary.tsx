import { abisFor, decodeCall, decodeError, unknownError } from '../abi/index.ts'
import { node } from '../chain/node.ts'
import type { WholeTransaction } from '../chain/read.ts'
import { useQuery } from '../chain/useQuery.ts'
import { formatInteger, formatShare, formatTime, formatWei } from '../lib/format.ts'
import { type Hex, toNumber } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import type { RpcCall, RpcReceipt } from '../rpc/index.ts'
import { BlockLink, FullAddress, FullHash, MiniBlockLink } from '../ui/Address.tsx'
import { Age } from '../ui/Age.tsx'
import { Card, Facts } from '../ui/Card.tsx'
import { Data } from '../ui/Data.tsx'
import { JsonCard } from '../ui/JsonCard.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Values } from '../ui/Values.tsx'
import { Authorizations } from './Authorizations.tsx'

const TYPES = [
  'legacy',
  'EIP-2930: access list',
  'EIP-1559: dynamic fee',
  'EIP-4844: blobs',
  'EIP-7702: set code',
]

export function TransactionSummaryTab({ whole }: { whole: WholeTransaction }) {
  const { transaction, receipt, timestamp } = whole
  const isFailed = receipt !== null && receipt.status !== '0x1'
  return (
    <>
      {isFailed && <Failure hash={transaction.hash} to={transaction.to} />}
      <Card title="Summary">
        <Facts
          facts={[
            ['Hash', <FullHash hash={transaction.hash} />],
            receipt === null ? undefined : ['Block', <Place receipt={receipt} />],
            timestamp === undefined
              ? undefined
              : [
                  'Time',
                  <>
                    {formatTime(timestamp)} · <Age seconds={timestamp} />
                  </>,
                ],
            ['From', <FullAddress address={transaction.from} />],
            ['To', <Recipient whole={whole} />],
            ['Value', formatWei(BigInt(transaction.value), 18)],
            ['Nonce', formatInteger(toNumber(transaction.nonce))],
            ['Type', TYPES[toNumber(transaction.type)] ?? `type ${toNumber(transaction.type)}`],
            ...feeFacts(whole),
          ]}
        />
      </Card>
      {transaction.authorizationList !== undefined && (
        <Authorizations hash={transaction.hash} list={transaction.authorizationList} />
      )}
      <Input to={transaction.to} input={transaction.input} />
    </>
  )
}

function Place({ receipt }: { receipt: RpcReceipt }) {
  const { blockNumber, transactionIndex, miniBlock, promise } = receipt
  return (
    <>
      <BlockLink number={toNumber(blockNumber)} />, position {toNumber(transactionIndex)}
      {miniBlock !== undefined && (
        <>
          , mini-block <MiniBlockLink number={toNumber(miniBlock)} />
        </>
      )}
      {promise !== undefined && <span class="badge quiet">{promise}</span>}
    </>
  )
}

function Recipient({ whole: { transaction, receipt } }: { whole: WholeTransaction }) {
  if (transaction.to !== null) return <FullAddress address={transaction.to} />
  const made = receipt?.contractAddress
  return made ? (
    <>
      <span class="badge">new contract</span>
      <FullAddress address={made} />
    </>
  ) : (
    <>a new contract</>
  )
}

function feeFacts({ transaction, receipt }: WholeTransaction): (readonly [string, string] | undefined)[] {
  const limit = toNumber(transaction.gas)
  const price = BigInt(receipt?.effectiveGasPrice ?? transaction.gasPrice)
  if (receipt === null) return [['Gas limit', formatInteger(limit)]]
  const used = toNumber(receipt.gasUsed)
  return [
    ['Gas used', `${formatInteger(used)} of ${formatInteger(limit)} (${formatShare(used / limit)})`],
    ['Gas price', formatWei(price, 9)],
    ['Fee', formatWei(price * BigInt(used), 12)],
  ]
}

/** Why a transaction has failed, of its trace. */
function Failure({ hash, to }: { hash: Hex; to: Hex | null }) {
  const query = useQuery(`failure ${hash}`, () =>
    node.request<RpcCall>('debug_traceTransaction', [
      hash,
      { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } },
    ]),
  )
  return (
    <Card
      title="Why it has failed"
      class="failure"
      aside={<a href={links.transaction(hash, 'calls')}>See where</a>}
    >
      <QueryView query={query} what="why it has failed" lines={1}>
        {({ error, revertReason, output }) => {
          const decoded = output && decodeError(abisFor(to), output)
          const unknown = output && !decoded && revertReason === undefined && unknownError(output)
          return (
            <>
              <p class="problem">
                <strong>{error ?? 'It has failed'}</strong>
                {revertReason !== undefined && <>: {revertReason}</>}
              </p>
              {decoded && revertReason === undefined && (
                <>
                  <p class="mono">{decoded.name}</p>
                  <Values values={decoded.values} />
                </>
              )}
              {unknown && (
                <>
                  <p class="mono">{unknown}</p>
                  <Data data={output} what="error" />
                </>
              )}
            </>
          )
        }}
      </QueryView>
    </Card>
  )
}

function Input({ to, input }: { to: Hex | null; input: Hex }) {
  if (input === '0x') return null
  const decoded = to === null ? undefined : decodeCall(abisFor(to), input)
  return (
    <Card title={to === null ? 'Code that creates the contract' : 'Input'}>
      {decoded !== undefined && (
        <>
          <p class="signature mono">{decoded.name}</p>
          <Values values={decoded.values} />
        </>
      )}
      {decoded === undefined && to !== null && (
        <p class="note">
          The function isn't known here. <a href={links.account(to, 'contract')}>Give the contract's ABI</a>{' '}
          to have its calls decoded.
        </p>
      )}
      <Data data={input} what="input" />
    </Card>
  )
}

export function TransactionRaw({ whole: { transaction, receipt } }: { whole: WholeTransaction }) {
  const query = useQuery(`raw ${transaction.hash}`, () =>
    node.request<Hex>('eth_getRawTransactionByHash', [transaction.hash]),
  )
  return (
    <>
      <Card title="Signed transaction">
        <QueryView query={query} what="the transaction's bytes" lines={4}>
          {(raw) => <Data data={raw} what="signed transaction" />}
        </QueryView>
      </Card>
      <JsonCard title="As JSON-RPC has it" of={transaction} />
      {receipt !== null && <JsonCard title="Receipt" of={receipt} />}
    </>
  )
}
