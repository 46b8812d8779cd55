/** From here on a word has four parts: two lines of it would be too long for a column on a phone. */
const LONG = 64
/** A whole word in hexadecimal; what is longer has many lines, all full but the last. */
const WHOLE = 66

/** An address or a hash that breaks into equal lines where one is too short for it, not before its last digit. */
export function EvenBreaks({ of: text }: { of: string }) {
  const parts = text.length > WHOLE ? 1 : text.length < LONG ? 2 : 4
  const size = Math.ceil((text.length - 2) / parts)
  return (
    <>
      {Array.from({ length: parts }, (_, i) => (
        <>
          {i > 0 && <wbr />}
          {text.slice(i === 0 ? 0 : 2 + i * size, 2 + (i + 1) * size)}
        </>
      ))}
    </>
  )
}
