import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { countCalls } from '../lib/callSteps.ts'
import { count } from '../lib/format.ts'
import type { Hex } from '../lib/hex.ts'
import type { RpcCall } from '../rpc/index.ts'
import { CALL_TRACE, CallTree } from '../ui/CallTree.tsx'
import { Card } from '../ui/Card.tsx'
import { NodesWord } from '../ui/Proof.tsx'
import { QueryView } from '../ui/QueryView.tsx'

export function CallsTab({ hash }: { hash: Hex }) {
  const query = useQuery(`calls ${hash}`, () =>
    node.request<RpcCall>('debug_traceTransaction', [hash, CALL_TRACE]),
  )
  return (
    <QueryView query={query} what="the calls" lines={8}>
      {(root) => (
        <Card title="Calls" aside={<span>{count(countCalls(root), 'call')}</span>}>
          <CallTree root={root} />
          <NodesWord what="Calls are" />
        </Card>
      )}
    </QueryView>
  )
}
