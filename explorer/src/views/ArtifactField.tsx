import { useState } from 'preact/hooks'
import { type Artifact, parseArtifact } from '../abi/index.ts'
import { count } from '../lib/format.ts'
import { byteLength } from '../lib/hex.ts'
import { Field } from '../ui/Field.tsx'

/** Takes an ABI or an artifact: pasted, or from a file. */
export function ArtifactField({ onChange }: { onChange: (artifact: Artifact | undefined) => void }) {
  const [text, setText] = useState('')
  const [note, setNote] = useState({ problem: '', hint: '' })
  const take = (given: string) => {
    setText(given)
    if (given.trim() === '') {
      setNote({ problem: '', hint: '' })
      onChange(undefined)
      return
    }
    const parsed = parseArtifact(given)
    setNote(
      parsed.ok ? { problem: '', hint: describe(parsed.artifact) } : { problem: parsed.reason, hint: '' },
    )
    onChange(parsed.ok ? parsed.artifact : undefined)
  }
  const onFile = async (event: Event) => {
    const input = event.target as HTMLInputElement
    const [file] = input.files ?? []
    if (file !== undefined) take(await file.text())
    input.value = ''
  }
  return (
    <>
      <Field
        label="ABI or artifact"
        value={text}
        onInput={take}
        problem={note.problem}
        hint={note.hint || 'JSON of Hardhat, Foundry or solc, or Solidity signatures, one a line.'}
        placeholder="function balanceOf(address owner) view returns (uint256)"
        lines={7}
      />
      <label class="file">
        Or from a file
        <input type="file" accept=".json,.abi,application/json,text/plain" onChange={onFile} />
      </label>
    </>
  )
}

function describe({ name, abi, bytecode }: Artifact): string {
  const functions = abi.filter(({ type }) => type === 'function').length
  const events = abi.filter(({ type }) => type === 'event').length
  const code = bytecode === undefined ? 'no bytecode' : `${count(byteLength(bytecode), 'byte')} of bytecode`
  return `${name ?? 'A contract'}: ${count(functions, 'function')}, ${count(events, 'event')}, ${code}.`
}
