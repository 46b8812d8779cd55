import { useId } from 'preact/hooks'

type FieldProps = {
  label: string
  value: string
  onInput: (value: string) => void
  /** Why the value can't be taken; empty where it can. */
  problem?: string
  hint?: string
  placeholder?: string
  /** Lines of a longer text. */
  lines?: number
  inputMode?: 'text' | 'decimal'
}

/** A labelled input with what is wrong with it. */
export function Field(props: FieldProps) {
  const { label, value, onInput, problem = '', hint = '', placeholder, lines, inputMode = 'text' } = props
  const id = useId()
  const common = {
    ...{ id, value, placeholder, inputMode, spellcheck: false, autocomplete: 'off' },
    'aria-invalid': problem !== '',
    'aria-describedby': `${id}-note`,
    onInput: (event: Event) => onInput((event.target as HTMLInputElement).value),
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines === undefined ? <input {...common} /> : <textarea {...common} rows={lines} />}
      <p id={`${id}-note`} class={problem === '' ? 'note' : 'problem'}>
        {problem === '' ? hint : problem}
      </p>
    </div>
  )
}
