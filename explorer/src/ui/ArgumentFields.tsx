import type { AbiParameter } from 'viem'
import { example, parseValue } from '../abi/index.ts'
import { Field } from './Field.tsx'

/** What was typed for each parameter, and why it can't be taken. */
export type Typed = { texts: readonly string[]; problems: readonly string[] }

export const nothingTyped: Typed = { texts: [], problems: [] }

type ArgumentFieldsProps = {
  parameters: readonly AbiParameter[]
  typed: Typed
  onChange: (typed: Typed) => void
}

export function ArgumentFields({ parameters, typed, onChange }: ArgumentFieldsProps) {
  const set = (index: number, text: string) =>
    onChange({
      texts: parameters.map((_, i) => (i === index ? text : (typed.texts[i] ?? ''))),
      problems: parameters.map((_, i) => (i === index ? '' : (typed.problems[i] ?? ''))),
    })
  return (
    <>
      {parameters.map((parameter, i) => (
        <Field
          key={i}
          label={`${parameter.name || `argument ${i}`} · ${parameter.type}`}
          value={typed.texts[i] ?? ''}
          onInput={(text) => set(i, text)}
          problem={typed.problems[i] ?? ''}
          placeholder={example(parameter).replaceAll('"', parameter.type.endsWith(']') ? '"' : '')}
        />
      ))}
    </>
  )
}

/** The values, or what was typed with what is wrong about it. */
export function readArguments(
  parameters: readonly AbiParameter[],
  { texts }: Typed,
): { ok: true; values: unknown[] } | { ok: false; typed: Typed } {
  const values: unknown[] = []
  const problems = parameters.map((parameter, i) => {
    try {
      values.push(parseValue(parameter, texts[i] ?? ''))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  })
  if (problems.every((problem) => problem === '')) return { ok: true, values }
  return { ok: false, typed: { texts, problems } }
}
