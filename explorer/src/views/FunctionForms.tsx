import { useEffect, useState } from 'preact/hooks'
import { type AbiFunction, encodeFunctionData } from 'viem'
import { decodeOutput, type NamedValue, parseEtherAmount, signatureText } from '../abi/index.ts'
import { stateVersion } from '../chain/live.ts'
import { node } from '../chain/node.ts'
import type { Hex } from '../lib/hex.ts'
import { ArgumentFields, nothingTyped, readArguments, type Typed } from '../ui/ArgumentFields.tsx'
import { Field } from '../ui/Field.tsx'
import { explain, SendOutcome } from '../ui/SendOutcome.tsx'
import { useSend } from '../ui/useSend.ts'
import { Values } from '../ui/Values.tsx'
import { signer } from '../wallet/index.ts'

type Result = { values: readonly NamedValue[] } | { problem: string }

/** A function that only reads; without arguments it is read at once, and again when the state has changed. */
export function ReadFunction({ address, item }: { address: string; item: AbiFunction }) {
  const [typed, setTyped] = useState<Typed>(nothingTyped)
  const [result, setResult] = useState<Result>()
  const hasArguments = item.inputs.length > 0
  const read = async () => {
    const given = readArguments(item.inputs, typed)
    if (given.ok) setResult(await call(address, item, given.values))
    else setTyped(given.typed)
  }
  const version = stateVersion.value
  useEffect(() => {
    if (!hasArguments) void read()
  }, [address, version])
  const submit = (event: Event) => {
    event.preventDefault()
    void read()
  }
  return (
    <form class="function" onSubmit={submit} aria-label={`Read ${item.name}`}>
      <header class="line">
        <h3 class="mono breakable">{signatureText(item)}</h3>
        <button type="submit" class="small">
          Read
        </button>
      </header>
      <div class="fields">
        <ArgumentFields parameters={item.inputs} typed={typed} onChange={setTyped} />
      </div>
      <div role="status" class="result">
        {result !== undefined &&
          ('values' in result ? <Values values={result.values} /> : <p class="problem">{result.problem}</p>)}
      </div>
    </form>
  )
}

async function call(address: string, item: AbiFunction, values: readonly unknown[]): Promise<Result> {
  try {
    const data = encode(item, values)
    const output = await node.request<Hex>('eth_call', [{ to: address, data }, 'latest'])
    const decoded = decodeOutput(item, output)
    return decoded === undefined
      ? { problem: `The answer doesn't fit the ABI: ${output}` }
      : { values: decoded }
  } catch (error) {
    return { problem: explain(error as Error, address) }
  }
}

function encode(item: AbiFunction, values: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: [item], functionName: item.name, args: values })
}

/** A function that writes: a transaction. */
export function WriteFunction({ address, item }: { address: Hex; item: AbiFunction }) {
  const [typed, setTyped] = useState<Typed>(nothingTyped)
  const [amount, setAmount] = useState('')
  const { outcome, submit } = useSend()
  const isPayable = item.stateMutability === 'payable'
  const onSubmit = (event: Event) => {
    event.preventDefault()
    const given = readArguments(item.inputs, typed)
    if (!given.ok) {
      setTyped(given.typed)
      return
    }
    void submit(() => ({
      to: address,
      data: encode(item, given.values),
      value: isPayable ? parseEtherAmount(amount) : 0n,
    }))
  }
  return (
    <form class="function" onSubmit={onSubmit} aria-label={`Write ${item.name}`}>
      <header class="line">
        <h3 class="mono breakable">{signatureText(item)}</h3>
        <button
          type="submit"
          class="small primary"
          disabled={signer.value === undefined || outcome.state === 'busy'}
        >
          Send
        </button>
      </header>
      <div class="fields">
        <ArgumentFields parameters={item.inputs} typed={typed} onChange={setTyped} />
        {isPayable && <Field label="Ether to send" value={amount} onInput={setAmount} placeholder="0" />}
      </div>
      <SendOutcome outcome={outcome} to={address} />
    </form>
  )
}
