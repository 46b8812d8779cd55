import { recoverAuthorizationAddress } from 'viem/utils'
import { useQuery } from '../chain/useQuery.ts'
import { type Hex, toNumber } from '../lib/hex.ts'
import type { RpcAuthorization } from '../rpc/index.ts'
import { AddressLink } from '../ui/Address.tsx'
import { Card } from '../ui/Card.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'

const MAX_SHOWN = 50

/** Whom accounts have let run code for them with this transaction (EIP-7702). */
export function Authorizations({ hash, list }: { hash: Hex; list: readonly RpcAuthorization[] }) {
  const query = useQuery(`authorities ${hash}`, () =>
    Promise.all(list.slice(0, MAX_SHOWN).map(readAuthority)),
  )
  return (
    <Card title="Authorizations" aside={<span class="number">{list.length}</span>}>
      <QueryView query={query} what="who has signed them" lines={list.length}>
        {(authorities) => (
          <table class="list" aria-label="Authorizations">
            <TableHead columns={[['Account'], ['Runs the code of'], ['Nonce', 'end']]} />
            <tbody>
              {authorities.map((authority, i) => (
                <tr key={i}>
                  <td>
                    {authority === undefined ? 'no valid signature' : <AddressLink address={authority} />}
                  </td>
                  <td>
                    {BigInt(list[i]!.address) === 0n ? (
                      'nobody, any more'
                    ) : (
                      <AddressLink address={list[i]!.address} />
                    )}
                  </td>
                  <td class="end number">{toNumber(list[i]!.nonce)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </QueryView>
      <p class="note">One that doesn't fit its account's nonce, or is for another chain, changes nothing.</p>
    </Card>
  )
}

/** Address of who has signed it; undefined: the signature is none. */
async function readAuthority({
  address,
  chainId,
  nonce,
  yParity,
  r,
  s,
}: RpcAuthorization): Promise<Hex | undefined> {
  try {
    const signed = { address, chainId: toNumber(chainId), nonce: toNumber(nonce) }
    const authority = await recoverAuthorizationAddress({
      authorization: { ...signed, yParity: toNumber(yParity), r, s },
    })
    return authority.toLowerCase() as Hex
  } catch {
    return undefined
  }
}
