import { useState } from 'preact/hooks'
import { pinnedSequencer, pinSequencer } from '../chain/pinnedSequencer.ts'
import { knownSequencer } from '../chain/verification.ts'
import { isAddress } from '../lib/hex.ts'
import { CopyButton } from './CopyButton.tsx'
import { EvenBreaks } from './EvenBreaks.tsx'
import { Field } from './Field.tsx'

/** Whose signatures count here, on whose word, and how to have only one's own choice count. */
export function SequencerKey() {
  const pinned = pinnedSequencer.value
  const sequencer = pinned ?? knownSequencer.value
  return (
    <>
      {sequencer !== undefined && (
        <p class="copied">
          <span class="mono breakable">
            <EvenBreaks of={sequencer} />
          </span>
          <CopyButton text={sequencer} what="key's address" />
        </p>
      )}
      {pinned === undefined ? (
        <>
          <p class="note">
            {sequencer === undefined
              ? 'The node has named none.'
              : 'Taken on this node’s word: whoever it names first is believed. Compare it with what the sequencer’s operator says, and pin it.'}
          </p>
          <PinForm suggestion={sequencer ?? ''} />
        </>
      ) : (
        <>
          <p class="note">Pinned: in this browser, only what it has signed counts as verified.</p>
          <button type="button" class="small" onClick={() => pinSequencer(undefined)}>
            Unpin
          </button>
        </>
      )}
    </>
  )
}

function PinForm({ suggestion }: { suggestion: string }) {
  const [typed, setTyped] = useState<string>()
  const [problem, setProblem] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    const address = (typed ?? suggestion).trim()
    if (isAddress(address)) pinSequencer(address)
    else setProblem('expected an address: 0x and 40 hex digits')
  }
  return (
    <form class="pin" onSubmit={submit} aria-label="Pinning the key">
      <Field
        label="Trust only"
        value={typed ?? suggestion}
        onInput={(text) => {
          setTyped(text)
          setProblem('')
        }}
        problem={problem}
        placeholder="0x…"
      />
      <button type="submit" class="small">
        Pin
      </button>
    </form>
  )
}
