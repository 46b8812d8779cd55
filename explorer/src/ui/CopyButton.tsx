import { useState } from 'preact/hooks'

const SHOWN_MS = 1500

/** Puts a text on the clipboard, and says that it did. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('failed')
    }
    setTimeout(() => setState('idle'), SHOWN_MS)
  }
  const label = { idle: `Copy ${what}`, copied: 'Copied', failed: 'The browser has not let us copy' }[state]
  return (
    <button type="button" class={`copy ${state}`} onClick={copy} aria-label={label} title={label}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        {state === 'copied' ? (
          <path d="M3 8.5l3.2 3.2L13 4.8" />
        ) : (
          <>
            <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
            <path d="M10.5 3.5V3A1.5 1.5 0 0 0 9 1.500H3.500A1.5 1.5 0 0 0 2 3v5.500A1.5 1.5 0 0 0 3.5 10H4" />
          </>
        )}
      </svg>
    </button>
  )
}
