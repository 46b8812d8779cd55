import { useState } from 'preact/hooks'
import { parseEtherAmount } from '../abi/index.ts'
import { type Hex, isAddress } from '../lib/hex.ts'
import { Card } from '../ui/Card.tsx'
import { Field } from '../ui/Field.tsx'
import { Empty, Loading } from '../ui/QueryView.tsx'
import { SendOutcome } from '../ui/SendOutcome.tsx'
import { SignerSelect } from '../ui/SignerSelect.tsx'
import { useSend } from '../ui/useSend.ts'
import { developerBalances, isDeveloperChain } from '../wallet/index.ts'

export function FaucetView() {
  return (
    <>
      <h1>Faucet</h1>
      <Card title="Ether for an account">
        {developerBalances.value === undefined ? (
          <Loading what="the developer accounts" lines={4} />
        ) : isDeveloperChain.value ? (
          <FaucetForm />
        ) : (
          <Empty>This is no developer's chain: nobody gives ether away here.</Empty>
        )}
      </Card>
    </>
  )
}

function FaucetForm() {
  const [to, setTo] = useState('')
  const [amount, setAmount] = useState('10')
  const [problems, setProblems] = useState({ to: '', amount: '' })
  const { outcome, submit } = useSend()
  const onSubmit = (event: Event) => {
    event.preventDefault()
    const next = { to: isAddress(to.trim()) ? '' : 'expected an address: 0x and 40 hex digits', amount: '' }
    let value = 0n
    try {
      value = parseEtherAmount(amount)
    } catch (error) {
      next.amount = (error as Error).message
    }
    setProblems(next)
    if (next.to === '' && next.amount === '') void submit(() => ({ to: to.trim() as Hex, data: '0x', value }))
  }
  return (
    <form onSubmit={onSubmit}>
      <div class="fields">
        <Field label="To" value={to} onInput={setTo} problem={problems.to} placeholder="0x…" />
        <Field
          label="Ether"
          value={amount}
          onInput={setAmount}
          problem={problems.amount}
          hint="Or like 500 gwei."
          inputMode="decimal"
        />
      </div>
      <SignerSelect />
      <button type="submit" class="primary" disabled={outcome.state === 'busy'}>
        Send
      </button>
      <SendOutcome outcome={outcome} to={undefined} />
    </form>
  )
}
