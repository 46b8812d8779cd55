/**
 * Where offset and length of the memory that an instruction reads or writes stand on the stack, 0 being its top; a length
 * that is a bigint is the same for every step, in bytes.
 */
export const MEMORY_RANGES: Readonly<Record<number, readonly (readonly [number, number | bigint])[]>> = {
  32: [[0, 1]],
  55: [[0, 2]],
  57: [[0, 2]],
  60: [[1, 3]],
  62: [[0, 2]],
  81: [[0, 32n]],
  82: [[0, 32n]],
  83: [[0, 1n]],
  94: [
    [0, 2],
    [1, 2],
  ],
  160: [[0, 1]],
  161: [[0, 1]],
  162: [[0, 1]],
  163: [[0, 1]],
  164: [[0, 1]],
  240: [[1, 2]],
  241: [
    [3, 4],
    [5, 6],
  ],
  242: [
    [3, 4],
    [5, 6],
  ],
  243: [[0, 1]],
  244: [
    [2, 3],
    [4, 5],
  ],
  245: [[1, 2]],
  250: [
    [2, 3],
    [4, 5],
  ],
  253: [[0, 1]],
}
