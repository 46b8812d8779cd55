import { useState } from 'preact/hooks'
import type { AbiFunction } from 'viem'
import { type Artifact, findContract, forgetContract, keepContract } from '../abi/index.ts'
import { type Hex, shorten } from '../lib/hex.ts'
import { Card } from '../ui/Card.tsx'
import { Empty } from '../ui/QueryView.tsx'
import { SignerSelect } from '../ui/SignerSelect.tsx'
import { ArtifactField } from './ArtifactField.tsx'
import { ReadFunction, WriteFunction } from './FunctionForms.tsx'

type ContractTabProps = {
  address: string
  /** Whose code runs for it (EIP-7702). */
  delegate: string | undefined
}

/** Reads and writes a contract, once its ABI is known. */
export function ContractTab({ address, delegate }: ContractTabProps) {
  const own = findContract(address)
  const known = own ?? (delegate === undefined ? undefined : findContract(delegate))
  if (known === undefined) return <AbiForm address={address} delegate={delegate} />
  const functions = known.abi.filter((item) => item.type === 'function')
  const reads = functions.filter(isRead)
  const writes = functions.filter((item) => !isRead(item))
  return (
    <>
      <Card
        title="Read"
        aside={
          own === undefined ? (
            <span>with the ABI of {known.name}</span>
          ) : (
            <button type="button" class="small" onClick={() => forgetContract(address)}>
              Forget the ABI
            </button>
          )
        }
      >
        {reads.length === 0 && <Empty>The ABI has no function that only reads.</Empty>}
        {reads.map((item) => (
          <ReadFunction key={keyOf(item)} address={address} item={item} />
        ))}
      </Card>
      <Card title="Write">
        <SignerSelect />
        {writes.length === 0 && <Empty>The ABI has no function that writes.</Empty>}
        {writes.map((item) => (
          <WriteFunction key={keyOf(item)} address={address as Hex} item={item} />
        ))}
      </Card>
    </>
  )
}

function isRead({ stateMutability }: AbiFunction): boolean {
  return stateMutability === 'view' || stateMutability === 'pure'
}

/** Functions may have the same name. */
function keyOf({ name, inputs }: AbiFunction): string {
  return `${name}(${inputs.map(({ type }) => type).join()})`
}

/** The ABI is that of the code, whoever's it is: all accounts that let it run have it then. */
function AbiForm({ address, delegate }: ContractTabProps) {
  const [artifact, setArtifact] = useState<Artifact>()
  const code = delegate ?? address
  const submit = (event: Event) => {
    event.preventDefault()
    if (artifact === undefined) return
    keepContract({
      address: code as Hex,
      name: artifact.name ?? `Contract ${shorten(code)}`,
      abi: artifact.abi,
    })
  }
  return (
    <Card title={delegate === undefined ? "Give the contract's ABI" : `Give the ABI of ${shorten(delegate)}`}>
      <p class="note">
        With it, its functions can be called here, and its transactions, logs and errors are shown in words.
        The browser keeps it; nothing is sent anywhere.
      </p>
      <form onSubmit={submit}>
        <ArtifactField onChange={setArtifact} />
        <button type="submit" class="primary" disabled={artifact === undefined}>
          Use this ABI
        </button>
      </form>
    </Card>
  )
}
