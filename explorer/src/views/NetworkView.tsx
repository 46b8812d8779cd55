import { now } from '../chain/clock.ts'
import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { formatFigure, formatInteger } from '../lib/format.ts'
import type { RpcNodeStatus } from '../rpc/index.ts'
import { Card } from '../ui/Card.tsx'
import { followedText, lagOf, roleName } from '../ui/nodeWords.ts'
import { QueryView } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'

/** As leveret_network answers; undefined `url`: this node, which was told of no network. */
type Member = { name: string; url: string | undefined; status: RpcNodeStatus | null; error: string | null }

/** The nodes of the network, how far each is behind, and what its stream takes. */
export function NetworkView() {
  const query = useQuery('network', readMembers, now.value)
  return (
    <>
      <h1>Network</h1>
      <Card title="Nodes">
        <QueryView query={query} what="the network" lines={4}>
          {(members) => <MemberTable members={members} />}
        </QueryView>
        <p class="note">
          A replica takes in what the sequencer has signed; a full node executes it again. How far one is
          behind: mini-blocks that it knows of and doesn't show yet, and the time from a mini-block's sealing
          until it was there, by the clocks of both.
        </p>
      </Card>
    </>
  )
}

function MemberTable({ members }: { members: readonly Member[] }) {
  return (
    <table class="list" aria-label="Nodes">
      <TableHead
        columns={[
          ['Node'],
          ['Role', 'wide'],
          ['Mini-block', 'end'],
          ['Behind', 'end'],
          ['Stream', 'end'],
          ['Follows', 'wide'],
        ]}
      />
      <tbody>
        {members.map((member) => (
          <MemberRow key={member.name} member={member} />
        ))}
      </tbody>
    </table>
  )
}

function MemberRow({ member }: { member: Member }) {
  const { status, error } = member
  if (status === null) {
    return (
      <tr>
        <td>
          <MemberName member={member} />
        </td>
        <td colSpan={5} class="breakable">
          <span class="badge bad">no answer</span> {error}
        </td>
      </tr>
    )
  }
  const { miniBlock, following } = status
  return (
    <tr>
      <td>
        <MemberName member={member} />
        <span class="note narrow">{roleName(status)}</span>
      </td>
      <td class="wide">{roleName(status)}</td>
      <td class="end number">{formatInteger(BigInt(miniBlock))}</td>
      <td class="end number">{following === null ? '–' : <Lag of={following} />}</td>
      <td class="end number">
        {following === null ? '–' : `${formatFigure((following.bytesPerSecond * 8) / 1e6)} Mbit/s`}
      </td>
      <td class="wide breakable">{following === null ? '–' : followedText(following)}</td>
    </tr>
  )
}

function Lag({ of }: { of: NonNullable<RpcNodeStatus['following']> }) {
  const { miniBlocks, time } = lagOf(of)
  return (
    <>
      {time} <span class="note under">{miniBlocks}</span>
    </>
  )
}

/** A link to the node's own page; the one that this page comes from is marked. */
function MemberName({ member: { name, url } }: { member: Member }) {
  if (url === undefined) return <>{name}</>
  const isHere = new URL(url).host === location.host
  return (
    <>
      <a href={`${url}/#/network`}>{name}</a> {isHere && <span class="badge quiet">here</span>}
    </>
  )
}

async function readMembers(): Promise<Member[]> {
  const members = await node.request<Member[]>('leveret_network')
  if (members.length > 0) return members
  const status = await node.request<RpcNodeStatus>('leveret_nodeStatus')
  return [{ name: 'this node', url: undefined, status, error: null }]
}
