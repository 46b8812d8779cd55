import { useId } from 'preact/hooks'
import { formatWei } from '../lib/format.ts'
import { shorten } from '../lib/hex.ts'
import { chooseSigner, DEVELOPER_ADDRESSES, developerBalances, signer, signers } from '../wallet/index.ts'
import { Empty } from './QueryView.tsx'

/** Who signs. The choice holds for the whole page. */
export function SignerSelect() {
  const id = useId()
  if (signers.value.length === 0) {
    return (
      <Empty>
        Nobody can sign here: this is no developer's chain, and the browser has no wallet that has announced
        itself.
      </Empty>
    )
  }
  return (
    <div class="field">
      <label for={id}>Signed by</label>
      <select
        id={id}
        value={signer.value?.id}
        onChange={(event) => chooseSigner((event.target as HTMLSelectElement).value)}
      >
        {signers.value.map((each) => (
          <option key={each.id} value={each.id}>
            {each.kind === 'injected' ? each.label : `${each.label} · ${shorten(each.address)}`}
          </option>
        ))}
      </select>
      <p class="note">
        {signer.value?.kind === 'developer'
          ? `Has ${balanceOf(signer.value.address)}. Signed in the page, with a key that everybody knows.`
          : 'The wallet asks you.'}
      </p>
    </div>
  )
}

function balanceOf(address: `0x${string}`): string {
  return formatWei(developerBalances.value?.[DEVELOPER_ADDRESSES.indexOf(address)] ?? 0n, 2)
}
