import { contracts } from '../abi/index.ts'
import { formatWei } from '../lib/format.ts'
import { shorten } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import { AddressLink, FullHash } from '../ui/Address.tsx'
import { Card } from '../ui/Card.tsx'
import { Empty, Loading } from '../ui/QueryView.tsx'
import { TableHead } from '../ui/TableHead.tsx'
import { DEVELOPER_ADDRESSES, developerBalances, isDeveloperChain } from '../wallet/index.ts'

export function AccountsView() {
  return (
    <>
      <h1>Accounts</h1>
      <Card title="Contracts you know" aside={<a href={links.deploy}>Deploy one</a>}>
        {contracts.value.length === 0 ? (
          <Empty>
            Contracts that you deploy here, or give an ABI for, are listed here. This browser remembers them.
          </Empty>
        ) : (
          <table class="list" aria-label="Contracts">
            <TableHead columns={[['Name'], ['Address', 'wide']]} />
            <tbody>
              {contracts.value.map(({ address, name }) => (
                <tr key={address}>
                  <td>
                    <a class="named" href={links.account(address, 'contract')}>
                      {name}
                    </a>
                    <span class="note mono narrow">{shorten(address)}</span>
                  </td>
                  <td class="wide">
                    <FullHash hash={address} what="address" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Card>
      <DeveloperAccounts />
    </>
  )
}

function DeveloperAccounts() {
  const balances = developerBalances.value
  if (balances === undefined) {
    return (
      <Card title="Developer accounts">
        <Loading what="the balances" lines={10} />
      </Card>
    )
  }
  if (!isDeveloperChain.value) return null
  return (
    <Card title="Developer accounts" aside={<a href={links.faucet}>Faucet</a>}>
      <p class="note">
        The page signs with their keys. Everybody knows these: never send something of value to them.
      </p>
      <table class="list" aria-label="Developer accounts">
        <TableHead columns={[['Account'], ['Address', 'wide'], ['Balance', 'end']]} />
        <tbody>
          {DEVELOPER_ADDRESSES.map((address, i) => (
            <tr key={address}>
              <td>
                <AddressLink address={address} />
              </td>
              <td class="wide">
                <FullHash hash={address} what="address" />
              </td>
              <td class="end number">{formatWei(balances[i] ?? 0n, 4)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}
