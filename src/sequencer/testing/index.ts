export {
  answers,
  GENESIS_HASH,
  kinds,
  NOTHING,
  newTail,
  records,
  seal,
  start,
  submit,
  transaction,
} from './sequencing.ts'
