import { useState } from 'preact/hooks'
import { encodeDeployData } from 'viem'
import { type Artifact, keepContract, parseEtherAmount } from '../abi/index.ts'
import { type Hex, isData, shorten } from '../lib/hex.ts'
import { links } from '../lib/route.ts'
import { ArgumentFields, nothingTyped, readArguments, type Typed } from '../ui/ArgumentFields.tsx'
import { Card } from '../ui/Card.tsx'
import { Field } from '../ui/Field.tsx'
import { SendOutcome } from '../ui/SendOutcome.tsx'
import { SignerSelect } from '../ui/SignerSelect.tsx'
import { useSend } from '../ui/useSend.ts'
import { signer } from '../wallet/index.ts'
import { ArtifactField } from './ArtifactField.tsx'

export function DeployView() {
  const [artifact, setArtifact] = useState<Artifact>()
  return (
    <>
      <h1>Deploy a contract</h1>
      <Card title="What is deployed">
        <p class="note">
          Paste or choose what your compiler wrote: <span class="mono">artifacts/…/Name.json</span> of
          Hardhat, <span class="mono">out/Name.sol/Name.json</span> of Foundry, or an ABI with the bytecode
          beside it.
        </p>
        <ArtifactField onChange={setArtifact} />
      </Card>
      {artifact !== undefined && <DeployForm key={artifact.bytecode} artifact={artifact} />}
    </>
  )
}

function DeployForm({ artifact }: { artifact: Artifact }) {
  const [name, setName] = useState(artifact.name ?? '')
  const [typedCode, setTypedCode] = useState('')
  const [typed, setTyped] = useState<Typed>(nothingTyped)
  const [amount, setAmount] = useState('')
  const { made, outcome, submit } = useDeployment(artifact, name)
  const creation = artifact.abi.find((item) => item.type === 'constructor')
  const parameters = creation?.inputs ?? []
  const code = artifact.bytecode ?? withPrefix(typedCode)
  const codeProblem = typedCode === '' || isData(code) ? '' : 'expected 0x and pairs of hex digits'
  const isReady = isData(code) && code.length > 2 && signer.value !== undefined && outcome.state !== 'busy'
  const onSubmit = (event: Event) => {
    event.preventDefault()
    const given = readArguments(parameters, typed)
    if (given.ok) submit({ code: code as Hex, values: given.values, amount })
    else setTyped(given.typed)
  }
  return (
    <Card title="How">
      <form onSubmit={onSubmit} aria-label="Deploying">
        <div class="fields">
          <Field label="Name here" value={name} onInput={setName} hint="For this browser only." />
          {artifact.bytecode === undefined && (
            <Field
              label="Bytecode"
              value={typedCode}
              onInput={setTypedCode}
              problem={codeProblem}
              lines={3}
            />
          )}
          <ArgumentFields parameters={parameters} typed={typed} onChange={setTyped} />
          {creation?.stateMutability === 'payable' && (
            <Field label="Ether to send" value={amount} onInput={setAmount} placeholder="0" />
          )}
        </div>
        <SignerSelect />
        <button type="submit" class="primary" disabled={!isReady}>
          Deploy
        </button>
      </form>
      <SendOutcome outcome={outcome} to={undefined} />
      {made !== undefined && (
        <p>
          <a class="button" href={links.account(made, 'contract')}>
            Read and write it
          </a>
        </p>
      )}
    </Card>
  )
}

type Deployment = { code: Hex; values: readonly unknown[]; amount: string }

/** Sends the transaction, and keeps the contract's ABI under the name. `made`: where the contract is. */
function useDeployment({ abi }: Artifact, name: string) {
  const [made, setMade] = useState<Hex>()
  const { outcome, submit } = useSend(({ receipt }) => {
    const address = receipt.contractAddress
    if (receipt.status !== '0x1' || address === null) return
    keepContract({ address, name: name.trim() || `Contract ${shorten(address)}`, abi })
    setMade(address)
  })
  return {
    made,
    outcome,
    submit: ({ code, values, amount }: Deployment) =>
      void submit(() => ({
        to: undefined,
        data: encodeDeployData({ abi, bytecode: code, args: values }),
        value: parseEtherAmount(amount),
      })),
  }
}

function withPrefix(code: string): string {
  const trimmed = code.trim()
  return trimmed.startsWith('0x') ? trimmed : `0x${trimmed}`
}
