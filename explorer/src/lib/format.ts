const GROUPED = new Intl.NumberFormat('en-GB')

/** With thousands apart: `1,234,567`. */
export function formatInteger(value: number | bigint): string {
  return GROUPED.format(value)
}

/** A measured figure with as many digits as tell something: `0.42`, `8.3`, `120`, `1,340`. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  if (value < 0.01) return '<0.01'
  if (value < 1) return value.toFixed(2)
  if (value < 100) return value.toFixed(1).replace(/\.0$/, '')
  return formatInteger(Math.round(value))
}

/**
 * An amount with `decimals` places, exactly, without zeros at its end, and with thousands apart.
 *
 * @param mostPlaces - Beyond, it is cut; an amount that would be shown as zero is `<0.000…1`.
 */
export function formatUnits(amount: bigint, decimals: number, mostPlaces: number = decimals): string {
  const sign = amount < 0n ? '−' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = BigInt(digits.slice(0, digits.length - decimals))
  const places = digits.slice(digits.length - decimals, digits.length - decimals + mostPlaces)
  const fraction = places.replace(/0+$/, '')
  if (whole === 0n && fraction === '' && amount !== 0n && mostPlaces > 0)
    return `${sign}<0.${'0'.repeat(mostPlaces - 1)}1`
  return `${sign}${formatInteger(whole)}${fraction === '' ? '' : `.${fraction}`}`
}

/** Wei as ether, gwei or wei, whichever is short: `1.5 ETH`, `21 gwei`, `7 wei`. */
export function formatWei(wei: bigint, mostPlaces = 6): string {
  const size = wei < 0n ? -wei : wei
  if (size === 0n) return '0 ETH'
  if (size >= 10n ** 14n) return `${formatUnits(wei, 18, mostPlaces)} ETH`
  if (size >= 10n ** 6n) return `${formatUnits(wei, 9, mostPlaces)} gwei`
  return `${formatInteger(wei)} wei`
}

/** How long ago, of milliseconds: `now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

/** Milliseconds: `0.42 ms`, `12 ms`, `1.2 s`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  return ms < 1000 ? `${formatFigure(ms)} ms` : `${formatFigure(ms / 1000)} s`
}

export function formatBytes(bytes: number): string {
  return bytes < 10_000
    ? `${formatInteger(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`
    : `${formatFigure(bytes / 1024)} KiB`
}

/** Unix seconds as local date and time, to the second. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `1 log`, `2 logs`. */
export function count(number: number, noun: string): string {
  return `${formatInteger(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** `42 %`, of a share of 0 to 1; what is little but something is `<1 %`. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %'
  return `${Math.round(share * 100)} %`
}
