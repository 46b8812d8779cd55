import { now } from '../chain/clock.ts'
import { node } from '../chain/node.ts'
import { useQuery } from '../chain/useQuery.ts'
import { formatFigure, formatInteger, formatMs } from '../lib/format.ts'
import type { Hex } from '../lib/hex.ts'
import { Card } from '../ui/Card.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'

/** As leveret_nodeStatus answers. */
type NodeStatus = {
  role: string
  miniBlock: Hex
  following: {
    source: string | null
    sources: { name: string; state: string; code: string | null; reason: string | null }[]
    lagMiniBlocks: Hex
    lagMs: number
    bytesPerSecond: number
  } | null
}

/** As leveret_network answers; undefined `url`: this node, which was told of no network. */
type Member = { name: string; url: string | undefined; status: NodeStatus | null; error: string | null }

const ROLES: Record<string, string> = { sequencer: 'sequencer', replica: 'replica', fullNode: 'full node' }

/** The nodes of the network, how far each is behind, and what its stream takes. */
export function NetworkView() {
  const query = useQuery('network', readMembers, now.value)
  return (
    <>
      <h1>Network</h1>
      <Card title="Nodes">
        <QueryView query={query} what="the network" lines={4}>
          {(members) => (
            <>
              <table class="list" aria-label="Nodes">
                <TableHead
                  columns={[
                    ['Node'],
                    ['Role'],
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
              <p class="note">
                A replica takes in what the sequencer has signed; a full node executes it again. How far one
                is behind is the time from a mini-block's sealing until it was there, by the clocks of both.
              </p>
            </>
          )}
        </QueryView>
      </Card>
    </>
  )
}

function MemberRow({ member: { name, url, status, error } }: { member: Member }) {
  const title = url === undefined ? name : <a href={`${url}/`}>{name}</a>
  if (status === null) {
    return (
      <tr>
        <td>{title}</td>
        <td colSpan={5}>gives no answer: {error}</td>
      </tr>
    )
  }
  const { role, miniBlock, following } = status
  return (
    <tr>
      <td>{title}</td>
      <td>{ROLES[role] ?? role}</td>
      <td class="end number">{formatInteger(BigInt(miniBlock))}</td>
      <td class="end number">{following === null ? '–' : behind(following)}</td>
      <td class="end number">
        {following === null ? '–' : `${formatFigure((following.bytesPerSecond * 8) / 1e6)} Mbit/s`}
      </td>
      <td class="wide breakable">{following === null ? '' : followed(following)}</td>
    </tr>
  )
}

function behind({ lagMiniBlocks, lagMs }: NonNullable<NodeStatus['following']>): string {
  const missing = BigInt(lagMiniBlocks)
  return missing > 0n ? `${formatMs(lagMs)}, ${formatInteger(missing)} mini-blocks` : formatMs(lagMs)
}

/** Whom it follows, or why it follows nobody. */
function followed({ source, sources }: NonNullable<NodeStatus['following']>): string {
  if (source !== null) return source
  return sources.map(({ name, reason }) => `not ${name}: ${reason ?? 'connecting'}`).join('; ')
}

async function readMembers(): Promise<Member[]> {
  const members = await node.request<Member[]>('leveret_network')
  if (members.length > 0) return members
  const status = await node.request<NodeStatus>('leveret_nodeStatus')
  return [{ name: 'this node', url: undefined, status, error: null }]
}
