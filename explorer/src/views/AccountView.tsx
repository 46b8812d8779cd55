import { stateVersion } from '../chain/live.ts'
import { type Account, readAccount } from '../chain/read.ts'
import { useQuery } from '../chain/useQuery.ts'
import { newestHeader } from '../chain/verification.ts'
import { delegateOf } from '../lib/delegation.ts'
import { formatBytes, formatInteger, formatWei } from '../lib/format.ts'
import { byteLength, type Hex, shorten } from '../lib/hex.ts'
import { ACCOUNT_TABS, type AccountTab, links } from '../lib/route.ts'
import { FullAddress, nameOf } from '../ui/Address.tsx'
import { Card, Facts } from '../ui/Card.tsx'
import { Data } from '../ui/Data.tsx'
import { AccountProof } from '../ui/Proof.tsx'
import { Empty, QueryView } from '../ui/QueryView.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { AccountLogs, AccountTransactions } from './AccountHistory.tsx'
import { ContractTab } from './ContractTab.tsx'
import { StorageTab } from './StorageTab.tsx'

const LABELS: Readonly<Record<AccountTab, string>> = {
  transactions: 'Transactions',
  contract: 'Contract',
  storage: 'Storage',
  logs: 'Logs',
  code: 'Code',
}

export function AccountView({ address, tab }: { address: string; tab: AccountTab }) {
  const query = useQuery(`account ${address}`, () => readAccount(address), stateVersion.value)
  return (
    <>
      <h1 class="breakable">{nameOf(address) ?? `Account ${shorten(address)}`}</h1>
      <QueryView query={query} what="the account" lines={8}>
        {(account) => (
          <>
            <Card title="Account">
              <AccountFacts address={address} account={account} />
            </Card>
            <AccountParts address={address} account={account} tab={tab} />
          </>
        )}
      </QueryView>
    </>
  )
}

function AccountFacts({ address, account }: { address: string; account: Account }) {
  const isContract = account.code !== '0x'
  const delegate = delegateOf(account.code)
  return (
    <Facts
      facts={[
        ['Address', <FullAddress address={address} />],
        ['Balance', formatWei(account.balance, 18)],
        ['Nonce', formatInteger(account.nonce)],
        delegate === undefined
          ? ['Code', isContract ? formatBytes(byteLength(account.code)) : 'none']
          : ['Delegates to', <FullAddress address={delegate} />],
        newestHeader.value === undefined
          ? undefined
          : ['Checked here', <AccountProof address={address as Hex} account={account} />],
      ]}
    />
  )
}

function AccountParts({ address, account, tab }: { address: string; account: Account; tab: AccountTab }) {
  const hasCode = account.code !== '0x'
  const shown = ACCOUNT_TABS.filter((id) => hasCode || id === 'transactions' || id === tab)
  const tabs = shown.map((id) => ({ id, label: LABELS[id], href: links.account(address, id) }))
  return (
    <>
      {tabs.length > 1 && <Tabs tabs={tabs} current={tab} label="Parts of the account" />}
      <AccountPart address={address} account={account} tab={tab} />
    </>
  )
}

function AccountPart({ address, account, tab }: { address: string; account: Account; tab: AccountTab }) {
  if (tab === 'transactions') return <AccountTransactions address={address} />
  if (tab === 'logs') return <AccountLogs address={address} />
  if (tab === 'storage') return <StorageTab address={address} />
  if (account.code === '0x') {
    return (
      <div class="card">
        <Empty>There is no contract at this address.</Empty>
      </div>
    )
  }
  if (tab === 'contract') return <ContractTab address={address} delegate={delegateOf(account.code)} />
  return (
    <Card title="Code">
      <Data data={account.code} what="code" />
    </Card>
  )
}
