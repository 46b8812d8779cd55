import { useState } from 'preact/hooks'
import {
  abisFor,
  decodeCall,
  decodeError,
  decodeLog,
  decodeOutput,
  type NamedValue,
  showValue,
  unknownError,
} from '../abi/index.ts'
import { type CallLog, countCalls, stepsOf } from '../lib/callSteps.ts'
import { formatInteger, formatWei } from '../lib/format.ts'
import { type Hex, isAddress, shorten, toNumber } from '../lib/hex.ts'
import type { RpcCall } from '../rpc/index.ts'
import { AddressLink, nameOf } from './Address.tsx'
import { Data } from './Data.tsx'
import { Values } from './Values.tsx'

/** What the tree is made from: the configuration of a trace. */
export const CALL_TRACE = { tracer: 'callTracer', tracerConfig: { withLog: true } }

/** Calls that are shown of one trace: more would stop the page. */
const MAX_SHOWN = 500

/** Calls inside calls, with their values and logs in words as far as ABIs are known. */
export function CallTree({ root }: { root: RpcCall }) {
  const total = countCalls(root)
  return (
    <>
      <ul class="calls">
        <CallNode call={root} left={{ calls: MAX_SHOWN }} />
      </ul>
      {total > MAX_SHOWN && (
        <p class="note">The first {MAX_SHOWN} are shown; the tracer's answer has them all.</p>
      )}
    </>
  )
}

/** @param left - how many more calls are shown; shared by all. */
function CallNode({ call, left }: { call: RpcCall; left: { calls: number } }) {
  if (left.calls-- <= 0) return null
  const steps = stepsOf(call)
  return (
    <li>
      <CallLine call={call} />
      {steps.length > 0 && (
        <ul>
          {steps.map((step, i) =>
            'topics' in step ? <LogLine key={i} log={step} /> : <CallNode key={i} call={step} left={left} />,
          )}
        </ul>
      )}
    </li>
  )
}

function CallLine({ call }: { call: RpcCall }) {
  const [isOpen, setOpen] = useState(false)
  const isCreation = call.type.startsWith('CREATE')
  const decoded = isCreation ? undefined : decodeCall(abisFor(call.to), call.input)
  const outputs = decoded && call.output ? decodeOutput(decoded.item, call.output) : undefined
  const value = BigInt(call.value ?? '0x0')
  return (
    <div class={`call${call.error === undefined ? '' : ' failed'}`}>
      <div class="line">
        <button type="button" class="fold" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span class="unseen">Details of this call</span>
        </button>
        <span class="badge quiet">{call.type}</span>
        {call.to !== undefined && <AddressLink address={call.to} />}
        <span class="mono breakable">
          {isCreation ? 'constructor' : (decoded?.name ?? selectorOf(call.input))}
          {decoded !== undefined && <>({listOf(decoded.values)})</>}
        </span>
        {value > 0n && <span class="badge warn">{formatWei(value)}</span>}
        {outputs !== undefined && outputs.length > 0 && (
          <span class="mono output">
            →{'\u00a0'}
            {listOf(outputs)}
          </span>
        )}
        {call.error !== undefined && <span class="badge bad">{failureOf(call)}</span>}
        <span class="gas number">{formatInteger(toNumber(call.gasUsed))} gas</span>
      </div>
      {isOpen && <CallDetails call={call} inputs={decoded?.values} outputs={outputs} />}
    </div>
  )
}

function CallDetails({
  call,
  inputs,
  outputs,
}: {
  call: RpcCall
  inputs: readonly NamedValue[] | undefined
  outputs: readonly NamedValue[] | undefined
}) {
  return (
    <div class="details">
      <p class="note">
        from <AddressLink address={call.from} />, with {formatInteger(toNumber(call.gas))} gas
      </p>
      {inputs !== undefined && <Values values={inputs} />}
      <h3>Input</h3>
      <Data data={call.input} what="input" />
      <h3>Output</h3>
      {outputs !== undefined && <Values values={outputs} />}
      <Data data={call.output ?? '0x'} what="output" />
    </div>
  )
}

function LogLine({ log }: { log: CallLog }) {
  const decoded = decodeLog(abisFor(log.address), log)
  return (
    <li class="call log line">
      <span class="badge quiet">LOG</span>
      <span class="mono breakable">
        {decoded === undefined
          ? (log.topics[0] ?? 'without topics')
          : `${decoded.name}(${listOf(decoded.values)})`}
      </span>
    </li>
  )
}

function failureOf({ to, error, revertReason, output }: RpcCall): string {
  if (revertReason !== undefined) return `${error}: ${revertReason}`
  if (output === undefined) return String(error)
  const decoded = decodeError(abisFor(to), output)
  if (decoded !== undefined) return `${decoded.name}(${listOf(decoded.values)})`
  const unknown = unknownError(output)
  return unknown === undefined ? String(error) : `${error}: ${unknown}`
}

function selectorOf(input: Hex): string {
  return input === '0x' ? 'transfer' : input.slice(0, 10)
}

function inWords(type: string, value: unknown, components: NamedValue['components']): string {
  if (typeof value !== 'string') return showValue(value, components)
  if (isAddress(value)) return addressText(value)
  return type === 'string' ? JSON.stringify(value) : value
}

function addressText(address: string): string {
  return nameOf(address) ?? shorten(address)
}

/** Long values are cut: the details have them. */
const MAX_CHARACTERS = 44

function listOf(values: readonly NamedValue[]): string {
  return values
    .map(({ name, type, value, components }) => {
      const text = inWords(type, value, components)
      const short = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text
      return name === '' ? short : `${name}: ${short}`
    })
    .join(', ')
}
